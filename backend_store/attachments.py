"""What a table's owner hangs on it that neither its rows nor its description know of, as the catalog keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from microdax.model.administration_requests import InsightsMode

Document: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Policy:
    """A resource policy. A revision is a number that grows with each change."""

    document: str
    revision: str


@dataclass(frozen=True, slots=True)
class Insights:
    """Whether Contributor Insights were switched on, and when that was said last."""

    is_enabled: bool
    mode: InsightsMode
    changed_s: float


@dataclass(frozen=True, slots=True)
class Attachments:
    """`insights` stand by the name of the index that they are for, those of the table itself by no name."""

    policy: Policy | None = None
    insights: Mapping[str, Insights] = field(default_factory=dict[str, Insights])

    def kept(self) -> Document:
        """The document that `read_attachments` reads all of this back from."""
        insights = {
            place: [insights.is_enabled, insights.mode, insights.changed_s] for place, insights in self.insights.items()
        }
        policy = None if self.policy is None else [self.policy.document, self.policy.revision]
        return {"policy": policy, "insights": insights}


NO_ATTACHMENTS: Final = Attachments()


def read_attachments(document: Mapping[str, Any]) -> Attachments:
    policy = document["policy"]
    insights = {place: Insights(*members) for place, members in document["insights"].items()}
    return Attachments(None if policy is None else Policy(*policy), insights)

import pytest

from microdax.model.errors import ValidationException
from microdax.model.time_to_live import TimeToLive

ON = TimeToLive().switched("end", on=True)
OFF = ON.switched("end", on=False)


def test_it_is_switched_on_and_off() -> None:
    assert (ON.enabled, ON.latest) == ("end", "end")
    assert (OFF.enabled, OFF.latest) == (None, "end")


def test_it_can_be_switched_on_by_another_attribute_after_it_was_off() -> None:
    assert OFF.switched("other", on=True) == TimeToLive("other", "other")


@pytest.mark.parametrize(
    ("before", "attribute", "on", "message"),
    [
        (ON, "end", True, "TimeToLive is already enabled"),
        (OFF, "end", False, "TimeToLive is already disabled"),
        (TimeToLive(), "end", False, "TimeToLive is already disabled"),
        (ON, "other", True, "TimeToLive is active on a different AttributeName: current AttributeName is end"),
        (ON, "other", False, "TimeToLive is active on a different AttributeName: current AttributeName is end"),
    ],
)
def test_what_is_no_change_is_refused(before: TimeToLive, attribute: str, on: bool, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        before.switched(attribute, on=on)
    assert refused.value.message == message

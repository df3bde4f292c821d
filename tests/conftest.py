"""What holds for all tests."""

from hypothesis import settings

# No deadlines: how long an example takes on a busy machine says nothing about what must hold.
settings.register_profile("microdax", deadline=None, print_blob=True)
settings.register_profile("long", settings.get_profile("microdax"), max_examples=5_000)
settings.load_profile("microdax")

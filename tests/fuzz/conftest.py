import pytest

# So that an input that fails shows what was wanted and what came.
pytest.register_assert_rewrite(*(f"tests.fuzz.{name}" for name in ("deflate", "frames", "head")))

"""Static arguments whose comparison or end uses the function that they are keys of."""

import covector


def test_a_comparison_that_changes_the_traces() -> None:
    f = covector.jit(lambda x, a: x + 1, static_argnums=1)

    class Other:
        def __hash__(self) -> int:
            return 1

    class Key:
        def __hash__(self) -> int:
            return 1

        def __eq__(self, other: object) -> bool:
            for x in (1.0, 2, True):
                f(x, Other())
            f.clear_cache()
            return isinstance(other, Key)

    for _ in range(4):
        assert f(1.0, Key()) == 2.0


def test_keys_that_use_the_function_as_they_go() -> None:
    f = covector.jit(lambda x, a: x + 1, static_argnums=1)
    seen = []

    class Key:
        def __del__(self) -> None:
            f.clear_cache()
            seen.append(float(f(1.0, "other")))

    f(1.0, Key())
    f.clear_cache()
    assert seen == [2.0]
    assert f(1.0, "other") == 2.0
    assert f._cache_size() == 1

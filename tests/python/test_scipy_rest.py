"""Interpolation, rotations, clusters, images, segments, trees as vectors: against JAX."""

import importlib
from typing import Any

import numpy as np
import pytest

import covector
from python.api_oracle import assert_agrees, assert_fails_alike

F = np.float32
# Modules of JAX that are no attributes before they are imported.
for module in (
    "flatten_util",
    "image",
    "ops",
    "scipy.cluster.vq",
    "scipy.interpolate",
    "scipy.ndimage",
    "scipy.spatial.transform",
):
    importlib.import_module(f"jax.{module}")
rng = np.random.default_rng(3)
IMAGE = rng.normal(size=(5, 6)).astype(F)


def test_map_coordinates() -> None:
    at = [np.array([[-1.3, 0.2], [2.5, 6.0]], F), np.array([[0.5, 5.4], [-0.6, 9.0]], F)]
    modes = ("constant", "nearest", "wrap", "mirror", "reflect")

    def program(library: Any) -> Any:
        f = library.scipy.ndimage.map_coordinates

        def all_of(image: Any) -> Any:
            return [f(image, at, order, mode, 7.0) for order in (0, 1) for mode in modes]

        ints = f(np.arange(30).reshape(5, 6), at, 1)
        return library.jit(lambda x: (all_of(x), library.jvp(all_of, (x,), (x,))[1]))(IMAGE), ints

    assert_agrees(program, rtol=1e-5)
    assert_fails_alike(lambda lib: lib.scipy.ndimage.map_coordinates(IMAGE, at, 2))
    assert_fails_alike(lambda lib: lib.scipy.ndimage.map_coordinates(IMAGE, at[:1], 1))
    assert_fails_alike(lambda lib: lib.scipy.ndimage.map_coordinates(IMAGE, at, 1, "no"))


def test_regular_grid_interpolator() -> None:
    lines = (np.array([0.0, 1, 3, 4, 6], F), np.arange(6, dtype=F))
    at = np.array([[0.5, 0.5], [5.9, 4.4], [1.0, 2.0], [7, 1]], F)

    def program(library: Any) -> Any:
        make = library.scipy.interpolate.RegularGridInterpolator
        f, g = make(lines, IMAGE), make(lines, IMAGE, "nearest", fill_value=None)
        leaves, tree = library.tree_util.tree_flatten(f)
        again = library.tree_util.tree_unflatten(tree, leaves)
        return [
            again(at),
            g(at),
            f((at[:, 0], at[:, 1]), "nearest"),
            make(lines[:1], IMAGE)(at[:, 0]),
        ]

    assert_agrees(program, rtol=1e-5)
    assert_fails_alike(lambda lib: lib.scipy.interpolate.RegularGridInterpolator(lines, IMAGE, "x"))
    assert_fails_alike(
        lambda lib: lib.scipy.interpolate.RegularGridInterpolator(lines, IMAGE)(at[:, :1])
    )


def test_vector_quantization() -> None:
    codes = IMAGE[:3] + 0.1
    assert_agrees(lambda lib: lib.scipy.cluster.vq.vq(IMAGE, codes), rtol=1e-5)
    assert_agrees(lambda lib: lib.scipy.cluster.vq.vq(IMAGE[0], codes[0]), rtol=1e-5)
    assert_fails_alike(lambda lib: lib.scipy.cluster.vq.vq(IMAGE, codes[0]))


QUATERNIONS = rng.normal(size=(4, 4)).astype(F)
SEQUENCES = ["xyz", "ZYX", "zxz", "XYX"]


def test_rotations() -> None:
    def program(library: Any) -> Any:
        rotation = library.scipy.spatial.transform.Rotation

        def all_of(q: Any, v: Any) -> Any:
            r = rotation.from_quat(q)
            matrix, vector = r.as_matrix(), r.as_rotvec(degrees=True)
            return [
                [matrix, vector, r.as_mrp(), r.magnitude(), r.inv().as_quat()],
                [r.as_quat(canonical=True, scalar_first=True), (r * r.inv()).as_quat()],
                [rotation.from_matrix(matrix).as_quat(), rotation.from_mrp(r.as_mrp()).as_quat()],
                rotation.from_rotvec(vector, degrees=True).as_quat(),
                [r.apply(v), r.apply(v, inverse=True), r[0].apply(v[0])],
                [r.as_euler(s) for s in SEQUENCES],
                [rotation.from_euler(s, v).as_quat() for s in SEQUENCES],
            ]

        return library.jit(all_of)(QUATERNIONS, IMAGE[:4, :3])

    assert_agrees(program, rtol=3e-5)


def test_slerp() -> None:
    def program(library: Any) -> Any:
        t = library.scipy.spatial.transform
        rotations = t.Rotation.from_quat(library.numpy.asarray(QUATERNIONS))
        f = t.Slerp.init(np.arange(4.0, dtype=F), rotations)
        return [f(np.array([0.3, 2.6], F)).as_quat(), f(1.5).as_quat()]

    assert_agrees(program, rtol=3e-5)


@pytest.mark.parametrize(
    "call",
    [
        lambda r: r.from_euler("xx", F(1)),
        lambda r: r.from_euler("xY", F(1)),
        lambda r: r.from_euler("", F(1)),
        lambda r: r.identity().as_euler("xy"),
        lambda r: r.identity()[0],
        lambda r: len(r.identity()),
    ],
)
def test_rotations_reject(call: Any) -> None:
    assert_fails_alike(lambda library: call(library.scipy.spatial.transform.Rotation))


METHODS = ["nearest", "linear", "lanczos3", "lanczos5", "cubic", "bicubic-pytorch", "area"]


@pytest.mark.parametrize("antialias", [True, False])
def test_resize(antialias: bool) -> None:
    def program(library: Any) -> Any:
        resize = library.image.resize

        def all_of(x: Any) -> Any:
            shapes = [(3, 6), (9, 4)]
            return [resize(x, s, m, antialias=antialias) for s in shapes for m in METHODS]

        return library.jit(all_of)(IMAGE), resize(np.arange(5), (3,), "nearest")

    assert_agrees(program, rtol=1e-4)


def test_scale_and_translate() -> None:
    scale, shift = np.array([1.5, 0.6], F), np.array([-0.3, 1.0], F)

    def program(library: Any) -> Any:
        def all_of(x: Any, scale: Any, shift: Any) -> Any:
            f = library.image.scale_and_translate
            return [f(x, (4, 7), (0, 1), scale, shift, m) for m in METHODS[1:]]

        slopes = library.jacfwd(lambda s: all_of(IMAGE, s, shift)[0].sum())
        return library.jit(all_of)(IMAGE, scale, shift), library.jit(slopes)(scale)

    assert_agrees(program, rtol=1e-4)
    image = lambda lib, *a: lib.image.scale_and_translate(IMAGE, (4, 7), (0, 1), scale, shift, *a)
    assert_fails_alike(lambda lib: image(lib, "nearest"))
    assert_fails_alike(lambda lib: image(lib, "none"))
    assert_fails_alike(lambda lib: lib.image.resize(IMAGE, (2,), "linear"))


def test_segments() -> None:
    ids = np.array([0, 2, -1, 2, 9])
    reductions = ("segment_sum", "segment_prod", "segment_max", "segment_min")

    def program(library: Any) -> Any:
        def all_of(x: Any) -> Any:
            return [
                [getattr(library.ops, f)(x, ids, n) for f in reductions for n in (3, 4)],
                [getattr(library.ops, f)(x, ids, 3, bucket_size=2) for f in reductions],
            ]

        whole = [getattr(library.ops, f)(np.arange(3), np.array([1, 1, 0])) for f in reductions]
        masks = [getattr(library.ops, f)(IMAGE[:, 0] > 0, ids, 4) for f in reductions[2:]]
        return library.jit(all_of)(IMAGE), whole, masks

    assert_agrees(program, rtol=1e-5)
    assert_fails_alike(lambda lib: lib.ops.segment_sum(IMAGE, ids, -1))
    assert_fails_alike(lambda lib: lib.jit(lib.ops.segment_sum)(IMAGE, ids))


def test_ravel_pytree() -> None:
    same = {"a": IMAGE, "b": [np.ones(2, F), F(3)]}
    mixed = {"a": IMAGE, "b": np.arange(3), "c": np.array([1 + 2j], np.complex64)}

    def program(library: Any) -> Any:
        out = []
        for tree in (same, mixed, {}, []):
            vector, unravel = library.flatten_util.ravel_pytree(tree)
            out.append([vector, unravel(vector)])
        return out

    assert_agrees(program)
    vector, unravel = covector.flatten_util.ravel_pytree(mixed)
    assert unravel == covector.flatten_util.ravel_pytree(mixed)[1]
    assert hash(unravel) == hash(covector.flatten_util.ravel_pytree(mixed)[1])
    assert_fails_alike(lambda lib: lib.flatten_util.ravel_pytree(mixed)[1](np.zeros(34, F)))
    gradient = covector.grad(lambda v: covector.flatten_util.ravel_pytree(unravel(v))[0].real.sum())
    # What becomes an integer has no derivative.
    want = np.concatenate([np.ones(30), np.zeros(3), np.ones(1)])
    np.testing.assert_array_equal(np.asarray(gradient(vector)).real, want)


def test_trapezoid() -> None:
    assert_agrees(lambda lib: lib.scipy.integrate.trapezoid(IMAGE, dx=0.5, axis=0))

#pragma once

// Docstrings. The first line is the signature that `inspect` shows. The examples
// are run by the tests.
namespace covector::bindings::docs {

inline constexpr char kFlatten[] = R"doc(tree_flatten(tree, is_leaf=None)
--

Takes a tree apart: returns the list of its leaves and its structure.

Tuples, lists, dicts, ``None``, named tuples and registered classes are inner
nodes; everything else is a leaf. The leaves of a dict come in the order of its
sorted keys. ``is_leaf(x)`` may return True to keep a subtree ``x`` whole.

>>> from covector.tree_util import tree_flatten
>>> leaves, treedef = tree_flatten({'w': [1, 2], 'b': (3, None)})
>>> leaves
[3, 1, 2]
>>> treedef
PyTreeDef({'b': (*, None), 'w': [*, *]})
>>> tree_flatten([(1, 2), (3, 4)], is_leaf=lambda x: isinstance(x, tuple))[0]
[(1, 2), (3, 4)]
)doc";

inline constexpr char kLeaves[] = R"doc(tree_leaves(tree, is_leaf=None)
--

The leaves of a tree, as ``tree_flatten`` lists them.

>>> from covector.tree_util import tree_leaves
>>> tree_leaves([1, {'a': 2}, None])
[1, 2]
)doc";

inline constexpr char kStructure[] = R"doc(tree_structure(tree, is_leaf=None)
--

The structure of a tree: a PyTreeDef, which can be compared and hashed.

>>> from covector.tree_util import tree_structure
>>> tree_structure([1, {'a': 2}]) == tree_structure([3, {'a': 4}])
True
)doc";

inline constexpr char kUnflatten[] = R"doc(tree_unflatten(treedef, leaves)
--

Puts a tree together from its structure and an iterable of leaves.

>>> from covector.tree_util import tree_structure, tree_unflatten
>>> tree_unflatten(tree_structure({'a': 0, 'b': (0, 0)}), [1, 2, 3])
{'a': 1, 'b': (2, 3)}
)doc";

inline constexpr char kMap[] = R"doc(tree_map(f, tree, *rest, is_leaf=None)
--

Calls a function on every leaf and returns the tree of the results.

With further trees, ``f`` gets one argument from each. They must have the structure
of the first tree; where that has a leaf they may have a subtree.

>>> from covector.tree_util import tree_map
>>> tree_map(lambda x: x + 1, {'a': 1, 'b': (2, 3)})
{'a': 2, 'b': (3, 4)}
>>> tree_map(lambda x, y: [x, y], (1, 2), (3, {'k': 4}))
([1, 3], [2, {'k': 4}])
)doc";

inline constexpr char kFlattenWithPath[] =
    R"doc(tree_flatten_with_path(tree, is_leaf=None, is_leaf_takes_path=False)
--

As ``tree_flatten``, but each leaf comes with its key path: pairs (path, leaf).

With ``is_leaf_takes_path`` the predicate is called as ``is_leaf(path, x)``.

>>> from covector.tree_util import tree_flatten_with_path, keystr
>>> pairs, treedef = tree_flatten_with_path({'layers': [1, 2]})
>>> [(keystr(path), leaf) for path, leaf in pairs]
[("['layers'][0]", 1), ("['layers'][1]", 2)]
)doc";

inline constexpr char kLeavesWithPath[] =
    R"doc(tree_leaves_with_path(tree, is_leaf=None, is_leaf_takes_path=False)
--

The leaves of a tree with their key paths: a list of pairs (path, leaf).

>>> from covector.tree_util import tree_leaves_with_path
>>> tree_leaves_with_path({'a': 1})
[((DictKey(key='a'),), 1)]
)doc";

inline constexpr char kMapWithPath[] =
    R"doc(tree_map_with_path(f, tree, *rest, is_leaf=None, is_leaf_takes_path=False)
--

As ``tree_map``, with the key path as the first argument of the function.

>>> from covector.tree_util import tree_map_with_path, keystr
>>> tree_map_with_path(lambda path, x: keystr(path) + '=' + str(x), {'a': [1, 2]})
{'a': ["['a'][0]=1", "['a'][1]=2"]}
)doc";

inline constexpr char kBroadcast[] = R"doc(tree_broadcast(prefix_tree, full_tree, is_leaf=None)
--

A tree with the structure of ``full_tree`` and the leaves of a prefix of it, each
standing in every place below its own.

>>> from covector.tree_util import tree_broadcast
>>> tree_broadcast({'a': 0, 'b': 1}, {'a': [7, 8], 'b': 9})
{'a': [0, 0], 'b': 1}
)doc";

inline constexpr char kBroadcastPrefix[] =
    R"doc(broadcast_prefix(prefix_tree, full_tree, is_leaf=None)
--

The leaves of ``tree_broadcast(prefix_tree, full_tree)`` as a list.

>>> from covector.tree_util import broadcast_prefix
>>> broadcast_prefix((0, 1), ([7, 8], 9))
[0, 0, 1]
)doc";

inline constexpr char kAllLeaves[] = R"doc(all_leaves(iterable, is_leaf=None)
--

Whether every element of an iterable is a leaf.

>>> from covector.tree_util import all_leaves
>>> all_leaves([1, 'x']), all_leaves([1, (2, 3)])
(True, False)
)doc";

inline constexpr char kTreedefTuple[] = R"doc(treedef_tuple(treedefs, /)
--

The structure of a tuple whose items have the given structures.

>>> from covector.tree_util import tree_structure, treedef_tuple
>>> treedef_tuple([tree_structure(1), tree_structure({'a': 2})])
PyTreeDef((*, {'a': *}))
)doc";

inline constexpr char kTreedefChildren[] = R"doc(treedef_children(treedef, /)
--

The structures of the children of a root.

>>> from covector.tree_util import tree_structure, treedef_children
>>> treedef_children(tree_structure([1, (2, 3)]))
[PyTreeDef(*), PyTreeDef((*, *))]
)doc";

inline constexpr char kTreedefIsLeaf[] = R"doc(treedef_is_leaf(treedef, /)
--

Whether a structure is a single node: a leaf, or a node without children.

>>> from covector.tree_util import tree_structure, treedef_is_leaf
>>> treedef_is_leaf(tree_structure(1)), treedef_is_leaf(tree_structure([1]))
(True, False)
)doc";

inline constexpr char kPyTreeDef[] = R"doc(The structure of a tree, without its leaves.

Structures that are equal are in most cases one object inside, so that comparing
and hashing them takes no time.

>>> from covector.tree_util import tree_structure
>>> d = tree_structure({'a': [1, 2], 'b': 3})
>>> d, d.num_leaves, d.num_nodes
(PyTreeDef({'a': [*, *], 'b': *}), 3, 5)
)doc";

inline constexpr char kUnflattenMethod[] = R"doc(unflatten($self, leaves, /)
--

Puts a tree of this structure together from an iterable of leaves.)doc";

inline constexpr char kFlattenUpTo[] = R"doc(flatten_up_to($self, tree, /)
--

The parts of ``tree`` that stand where this structure has leaves.

>>> from covector.tree_util import tree_structure
>>> tree_structure([0, 0]).flatten_up_to([1, {'a': 2}])
[1, {'a': 2}]
)doc";

inline constexpr char kCompose[] = R"doc(compose($self, inner, /)
--

The structure that has ``inner`` in the place of every leaf of this one.

>>> from covector.tree_util import tree_structure
>>> tree_structure([0, 0]).compose(tree_structure((1, 2)))
PyTreeDef([(*, *), (*, *)])
)doc";

inline constexpr char kChildren[] = R"doc(children($self, /)
--

The structures of the children of the root.)doc";

inline constexpr char kNodeData[] = R"doc(node_data($self, /)
--

None for a leaf; else the type of the root and what it holds besides its children.

>>> from covector.tree_util import tree_structure
>>> tree_structure({'a': 1}).node_data()
(<class 'dict'>, ['a'])
)doc";

inline constexpr char kWalk[] = R"doc(walk($self, f_node, f_leaf, leaves, /)
--

Folds the tree: calls ``f_leaf(leaf)`` on leaves and ``f_node(children, node_data)``
on the tuple of what was returned below each node. ``f_leaf`` may be None.

>>> from covector.tree_util import tree_structure
>>> tree_structure([0, (0, 0)]).walk(lambda children, _: sum(children), None, [1, 2, 3])
6
)doc";

inline constexpr char kFromIterableTree[] = R"doc(from_iterable_tree($self, tree, /)
--

Builds a tree of this structure from nested iterables.

>>> from covector.tree_util import tree_structure
>>> tree_structure([0, {'a': 0}]).from_iterable_tree((1, (2,)))
[1, {'a': 2}]
)doc";

inline constexpr char kFromNodeData[] =
    R"doc(from_node_data_and_children(registry, node_data, children, /)
--

The inverse of ``node_data`` and ``children``.)doc";

inline constexpr char kToProto[] = R"doc(serialize_using_proto($self, /)
--

This structure as bytes; for trees of built-in nodes with string keys.)doc";

inline constexpr char kFromProto[] = R"doc(deserialize_using_proto(registry, data, /)
--

The inverse of ``serialize_using_proto``.)doc";

}  // namespace covector::bindings::docs

#pragma once

#include "covector/lax/named_axes.h"

namespace covector {

// Operations over a named axis: every function of a mapped batch sees what the
// others have. Batching over the axis turns them into operations on arrays.

Value psum(const Value&, const NamedAxes&);
Value pmax(const Value&, const NamedAxes&);
Value pmin(const Value&, const NamedAxes&);
// Sends what index `first` has to index `second`; zero where nothing is sent.
using Sends = std::vector<std::pair<int64_t, int64_t>>;
Value ppermute(const Value&, const NamedAxes&, const Sends&);
// What the index `source` has.
Value pbroadcast(const Value&, const NamedAxes&, int64_t source);
// Stacked along a new axis, or (tiled) concatenated along one that is there.
Value all_gather(const Value&, const NamedAxes&, int64_t axis, bool tiled);
// The sum, of which each index keeps its part along `axis`, which (unless tiled)
// has the size of the named axis and goes.
Value reduce_scatter(const Value&, const NamedAxes&, int64_t axis, bool tiled);
// Cuts into parts along one axis, sends each index its part, and concatenates
// what it gets along another.
Value all_to_all(const Value&, const NamedAxes&, int64_t split_axis, int64_t concat_axis);
// Rows of the operand, of numbers given by each index, written over rows of the
// output (lax/ragged_exchange.cpp). All of the last four have a number for each part.
struct RaggedParts {
  Value input_offsets, send_sizes, output_offsets, recv_sizes;
};
Value ragged_all_to_all(const Value& operand, const Value& output, const RaggedParts&,
                        const NamedAxes&);
Value axis_index(const AxisName&);

}  // namespace covector

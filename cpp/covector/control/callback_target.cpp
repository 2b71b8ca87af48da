// Host functions behind numbers, and the loops that batching puts around them.

#include <atomic>
#include <mutex>
#include <unordered_map>

#include "covector/control/callback.h"

namespace covector {
namespace {

struct Table {
  std::mutex mutex;
  std::unordered_map<int64_t, const CallbackTarget*> targets;
};

// Never destroyed: programs may run while the process exits.
Table& table() {
  static Table* t = new Table;
  return *t;
}

int64_t next_id() {
  static std::atomic<int64_t> last{0};
  return ++last;
}

void check_results(const Values& got, AvalSpan wanted) {
  require<RuntimeError>(got.size() == wanted.size(),
                        "Mismatched number of outputs from callback. Expected: ", wanted.size(),
                        ", Actual: ", got.size());
  for (size_t i = 0; i < got.size(); ++i) {
    require<RuntimeError>(got[i].array() != nullptr, "return value #", i,
                          " of a callback is a traced array: it leaked out of a transformation");
    require<RuntimeError>(got[i].shape() == wanted[i].shape(),
                          "Incorrect output shape for return value #", i,
                          ": Expected: ", wanted[i].shape(), ", Actual: ", got[i].shape());
    require<RuntimeError>(
        got[i].dtype() == wanted[i].dtype(), "Incorrect output dtype for return value #", i,
        ": Expected: ", wanted[i].dtype()->name, ", Actual: ", got[i].dtype()->name);
  }
}

std::vector<std::byte> bytes_of(const Array& a) {
  std::vector<std::byte> bytes(static_cast<size_t>(a.aval.bytes()));
  if (a.scalar())
    std::memcpy(bytes.data(), a.scalar()->bytes, bytes.size());
  else
    a.buffer()->read(bytes.data());
  return bytes;
}

// The elements of a value: rows of the leading axis are pieces of them.
struct Rows {
  Aval aval;
  const std::byte* data;

  Rows row(int64_t i) const {
    Aval a = aval.without_axis(0);
    return {a, data + i * a.bytes()};
  }
};

class Loops {
 public:
  Loops(const CallbackTarget& t, std::vector<std::byte*> outs) : t_(t), outs_(std::move(outs)) {}

  void run(size_t level, const std::vector<Rows>& in, const Avals& results) {
    if (level == t_.loops.size()) return call(in, results);
    Avals inner;
    for (const Aval& a : results) inner.push_back(a.without_axis(0));
    int64_t size = size_at(level, in, results);
    for (int64_t i = 0; i < size; ++i) {
      std::vector<Rows> rows;
      for (size_t k = 0; k < in.size(); ++k)
        rows.push_back(t_.loops[level][k] ? in[k].row(i) : in[k]);
      run(level + 1, rows, inner);
    }
  }

 private:
  int64_t size_at(size_t level, const std::vector<Rows>& in, const Avals& results) const {
    for (size_t k = 0; k < in.size(); ++k)
      if (t_.loops[level][k]) return in[k].aval.dim(0);
    return results.empty() ? 0 : results[0].dim(0);
  }

  // Results are written one after the other: calls come in their order.
  void call(const std::vector<Rows>& in, const Avals& results) {
    Values args;
    for (const Rows& r : in) args.push_back(host_array(r.aval, r.data));
    Values out = t_.function->call(args);
    check_results(out, results);
    for (size_t i = 0; i < out.size(); ++i) {
      std::vector<std::byte> b = bytes_of(*out[i].array());
      std::memcpy(outs_[i], b.data(), b.size());
      outs_[i] += b.size();
    }
  }

  const CallbackTarget& t_;
  std::vector<std::byte*> outs_;
};

}  // namespace

CallbackTarget::CallbackTarget(Ref<const HostFunction> f, Avals in, Avals out,
                               std::vector<Mask> all_loops)
    : function(std::move(f)),
      operands(std::move(in)),
      results(std::move(out)),
      loops(std::move(all_loops)),
      id(next_id()) {
  Table& t = table();
  std::lock_guard lock(t.mutex);
  t.targets.emplace(id, this);
}

CallbackTarget::~CallbackTarget() {
  Table& t = table();
  std::lock_guard lock(t.mutex);
  t.targets.erase(id);
}

Ref<const CallbackTarget> CallbackTarget::find(int64_t id) {
  Table& t = table();
  std::lock_guard lock(t.mutex);
  auto it = t.targets.find(id);
  return it == t.targets.end() ? nullptr : Ref<const CallbackTarget>::if_alive(it->second);
}

bool CallbackTarget::same(const CallbackTarget& o) const {
  return function->equals(*o.function) && operands == o.operands && results == o.results &&
         loops == o.loops;
}

Values CallbackTarget::call(Args args) const {
  if (loops.empty()) {
    Values out = function->call(args);
    check_results(out, results);
    return out;
  }
  std::vector<std::vector<std::byte>> in, out;
  std::vector<Rows> rows;
  for (const Value& v : args) {
    in.push_back(bytes_of(*v.array()));
    rows.push_back({v.aval(), in.back().data()});
  }
  std::vector<std::byte*> places;
  for (const Aval& a : results) {
    out.emplace_back(static_cast<size_t>(a.bytes()));
    places.push_back(out.back().data());
  }
  Loops(*this, places).run(0, rows, results);
  Values r;
  for (size_t i = 0; i < results.size(); ++i) r.push_back(host_array(results[i], out[i].data()));
  return r;
}

}  // namespace covector

// Devices, transfers, options and caches as Python sees them.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <atomic>
#include <optional>

#include "array_type.h"
#include "convert.h"
#include "covector/base/blocking.h"
#include "covector/core/config.h"
#include "covector/pjrt/buffer.h"
#include "covector/pjrt/discovery.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/compile.h"
#include "covector/runtime/jit.h"
#include "covector/runtime/program.h"
#include "covector/runtime/sharded.h"
#include "covector/runtime/transfer_guard.h"
#include "host_object.h"
#include "jaxpr.h"
#include "jit_type.h"
#include "live_arrays.h"
#include "register.h"
#include "staged_function.h"
#include "topology.h"
#include "transfer_guard.h"

namespace covector::bindings {
namespace {

// The GIL is given up around what blocks. A thread may already be without it.
void* release_gil() { return PyGILState_Check() ? PyEval_SaveThread() : nullptr; }
void restore_gil(void* state) {
  if (state) PyEval_RestoreThread(static_cast<PyThreadState*>(state));
}
void poll_signals() {
  py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

const Array& concrete(py::handle x) {
  const Array* a = is_array(x.ptr()) ? value_of(x.ptr()).array() : nullptr;
  require<TypeError>(a != nullptr, "expected a concrete array, got ",
                     std::string(py::repr(py::type::of(x))));
  return *a;
}

std::string platform_of(const pjrt::Device& d) {
  return std::string(runtime::lowering_name(d.client().platform_name()));
}

// As JAX prints devices: CpuDevice(id=0).
std::string device_repr(const pjrt::Device& d) {
  std::string name = platform_of(d);
  if (name == "cpu")
    name = "Cpu";
  else if (name == "gpu")
    name = "Cuda";
  else if (name == "tpu")
    name = "Tpu";
  return str(name, "Device(id=", d.id(), ")");
}

void register_devices(py::module_& m) {
  using pjrt::Device;
  py::class_<Device, std::unique_ptr<Device, py::nodelete>>(m, "Device", py::dynamic_attr())
      .def_property_readonly("id", &Device::id)
      .def_property_readonly("process_index", &Device::process_index)
      .def_property_readonly("local_hardware_id", &Device::local_hardware_id)
      .def_property_readonly("device_kind", [](const Device& d) { return d.kind(); })
      .def_property_readonly("platform", &platform_of)
      .def("memory_stats",
           [](const Device& d) -> py::object {
             auto stats = d.memory_stats();
             if (!stats) return py::none();
             py::dict r;
             for (const pjrt::NamedValue& v : *stats)
               std::visit([&](const auto& x) { r[py::str(v.name)] = py::cast(x); }, v.value);
             return r;
           })
      .def("__str__", [](const Device& d) { return d.description().to_string; })
      .def("__repr__", &device_repr);
  m.def(
      "devices",
      [](std::optional<std::string> platform) {
        py::list l;
        for (const Device* d : runtime::devices(platform.value_or("")))
          l.append(py::cast(d, py::return_value_policy::reference));
        return l;
      },
      py::arg("platform") = py::none());
  auto reference = py::return_value_policy::reference;
  m.def("default_device", &runtime::default_device, reference);
  m.def("set_default_device", &runtime::set_default_device, py::arg("device").none(true));
  m.def("thread_default_device", &runtime::thread_default_device, reference);
  m.def("set_thread_default_device", &runtime::set_thread_default_device,
        py::arg("device").none(true));
  m.def("platforms", &runtime::platforms);
  m.def("set_plugin_directories", &runtime::set_plugin_directories);
  m.def("register_plugin", &pjrt::register_plugin);
  m.def("set_cpu_device_count", &runtime::set_cpu_device_count);
  m.def("set_platform_order", &runtime::set_platform_order);
}

// `aval` gives shape, dtype and weak type.
py::object sharded_array(py::handle aval, const std::vector<py::object>& arrays,
                         const std::vector<std::vector<int64_t>>& starts, py::object sharding) {
  std::vector<runtime::ShardedBuffer::Shard> shards;
  for (size_t i = 0; i < arrays.size(); ++i) {
    concrete(arrays[i]);
    const std::vector<int64_t>& at = starts.at(i);
    shards.push_back({value_of(arrays[i].ptr()), Shape(at.begin(), at.end())});
  }
  auto described = make_ref<const PyHostObject>(std::move(sharding));
  return wrapped(
      runtime::sharded_array(unwrap_aval(aval), std::move(shards), std::move(described)));
}

// Of an array on several devices; else None.
py::object shards(py::handle x) {
  const runtime::ShardedBuffer* s = runtime::shards_of(concrete(x));
  if (!s) return py::none();
  py::list l;
  for (const auto& shard : s->shards) l.append(wrapped(shard.array));
  return l;
}
py::object sharding_of(py::handle x) {
  const runtime::ShardedBuffer* s = runtime::shards_of(concrete(x));
  if (!s) return py::none();
  return py::reinterpret_borrow<py::object>(
      static_cast<const PyHostObject&>(*s->sharding).object());
}

void register_transfers(py::module_& m) {
  m.def(
      "device_put",
      [](py::handle x, const pjrt::Device* device, bool committed) {
        runtime::ExplicitTransfers explicit_transfers;
        Value v = to_value(x.ptr());
        require<TypeError>(v.array() != nullptr, "device_put: not a concrete array");
        const pjrt::Device& d = device ? *device : runtime::default_device();
        return py::reinterpret_steal<py::object>(wrap(runtime::put(v, d, committed)));
      },
      py::arg("x"), py::arg("device").none(true), py::arg("committed"));
  m.def("block_until_ready", [](py::handle x) { runtime::block_until_ready(concrete(x)); });
  m.def(
      "clone",
      [](py::handle x) {
        const Array& a = concrete(x);
        return py::reinterpret_steal<py::object>(wrap(
            a.scalar()
                ? make_ref<const Array>(a.aval, *a.scalar())
                : make_ref<const Array>(a.aval, Ref<const Buffer>(a.buffer()), a.committed())));
      },
      py::arg("x"));
  m.def("is_ready", [](py::handle x) { return runtime::is_ready(concrete(x)); });
  m.def("delete", [](py::handle x) { runtime::delete_array(concrete(x)); });
  m.def("is_deleted", [](py::handle x) {
    const Array& a = concrete(x);
    return a.buffer() && a.buffer()->deleted();
  });
  m.def(
      "device_of", [](py::handle x) { return runtime::device_of(concrete(x)); },
      py::return_value_policy::reference);
  m.def("sharded_array", &sharded_array, py::arg("aval"), py::arg("shards"), py::arg("starts"),
        py::arg("sharding"));
  m.def("shards", &shards);
  m.def("sharding_of", &sharding_of);
  m.def("committed", [](py::handle x) { return concrete(x).committed(); });
}

// Names of core/config.h's options, in its order.
constexpr const char* kOptionNames[] = {
    "enable_x64",      "threefry_partitionable",
    "disable_jit",     "debug_nans",
    "debug_infs",      "check_bounds",
    "check_ir",        "dtype_promotion",
    "rank_promotion",  "matmul_precision",
    "log_compiles",    "explain_cache_misses",
    "debug_key_reuse", "front_end",
    "axis_names",
};
static_assert(std::size(kOptionNames) == static_cast<size_t>(Option::kCount));

Option option_by_name(const std::string& name) {
  for (size_t i = 0; i < std::size(kOptionNames); ++i)
    if (name == kOptionNames[i]) return static_cast<Option>(i);
  fail<AttributeError>("no option ", name);
}

void register_options(py::module_& m) {
  m.def("option_names", [] {
    py::list l;
    for (const char* name : kOptionNames) l.append(name);
    return l;
  });
  m.def("get_option", [](const std::string& n) { return option(option_by_name(n)); });
  m.def("set_option",
        [](const std::string& n, int64_t value) { set_option(option_by_name(n), value); });
  m.def("thread_option", [](const std::string& n) -> std::optional<int64_t> {
    ThreadOption t = thread_option(option_by_name(n));
    return t.held ? std::optional(t.value) : std::nullopt;
  });
  m.def("set_thread_option", [](const std::string& n, std::optional<int64_t> value) {
    set_thread_option(option_by_name(n), {value.has_value(), value.value_or(0)});
  });
}

// Never destroyed: compiles can happen while the interpreter goes down.
py::object& compile_listener() {
  static py::object* f = new py::object(py::none());
  return *f;
}

py::object& compile_guard() {
  static py::object* f = new py::object(py::none());
  return *f;
}

void register_caches(py::module_& m) {
  m.def("clear_caches", [] {
    clear_staged_functions();
    runtime::clear_eager_cache();
    runtime::clear_compile_cache();
  });
  m.def("compile_cache_stats", [] {
    runtime::CompileCacheStats s = runtime::compile_cache_stats();
    py::dict d;
    d["hits"] = s.hits;
    d["misses"] = s.misses;
    d["entries"] = s.entries;
    d["bytes"] = s.bytes;
    d["compile_seconds"] = static_cast<double>(s.compile_ns) * 1e-9;
    return d;
  });
  m.def("live_arrays", &live_arrays);
  m.def("live_buffers", &pjrt::Buffer::live_count);
  m.def("set_compile_listener", [](py::object f) {
    compile_listener() = std::move(f);
    runtime::set_compile_listener([](const runtime::CompileEvent& e) {
      py::gil_scoped_acquire gil;
      if (!compile_listener().is_none())
        compile_listener()(std::string(e.name), e.nanoseconds, e.text_bytes);
    });
  });
  m.def("set_compile_guard", [](py::object f) {
    compile_guard() = std::move(f);
    runtime::set_compile_guard([](std::string_view platform) {
      py::gil_scoped_acquire gil;
      if (!compile_guard().is_none()) compile_guard()(std::string(platform));
    });
  });
}

py::object jit(py::object fun, std::string name, std::vector<int64_t> static_argnums,
               std::vector<std::string> static_argnames, std::vector<int64_t> donate_argnums,
               std::vector<std::string> donate_argnames, bool keep_unused, bool inline_,
               const pjrt::Device* device, const CompilerOptions& compiler_options) {
  JitSpec s{std::move(name),
            std::move(static_argnums),
            std::move(donate_argnums),
            std::move(static_argnames),
            std::move(donate_argnames),
            keep_unused,
            inline_,
            device};
  for (const auto& [option, value] : compiler_options)
    std::visit([&](const auto& x) { s.compiler_options[option] = x; }, value);
  return make_jit_function(std::move(fun), std::move(s));
}

}  // namespace

void register_runtime(py::module_& m) {
  set_blocking_hooks({release_gil, restore_gil, poll_signals});
  runtime::start();
  register_devices(m);
  register_topology(m);
  register_transfers(m);
  register_transfer_guard(m);
  register_options(m);
  register_caches(m);
  m.def("jit", &jit, py::arg("fun"), py::kw_only(), py::arg("name"), py::arg("static_argnums"),
        py::arg("static_argnames"), py::arg("donate_argnums"), py::arg("donate_argnames"),
        py::arg("keep_unused"), py::arg("inline"), py::arg("device").none(true),
        py::arg("compiler_options") = CompilerOptions{});
}

}  // namespace covector::bindings

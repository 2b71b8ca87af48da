// Exchange of arrays with other libraries by the DLPack protocol: capsules that
// hold a description of the memory and a function to give it back.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>

#include "array_type.h"
#include "convert.h"
#include "covector/lax/lax.h"
#include "covector/pjrt/client.h"
#include "covector/pjrt/transfer.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/sharded.h"
#include "errors.h"
#include "numpy_array.h"
#include "register.h"
#include "tracer_text.h"

namespace covector::bindings {
namespace {

// The ABI of DLPack, as its specification lays it out.
struct DlDevice {
  int32_t type;
  int32_t id;
};
struct DlDataType {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
};
struct DlTensor {
  void* data;
  DlDevice device;
  int32_t ndim;
  DlDataType dtype;
  int64_t* shape;
  int64_t* strides;  // in elements; null: dense
  uint64_t byte_offset;
};
struct DlManagedTensor {
  DlTensor tensor;
  void* context;
  void (*deleter)(DlManagedTensor*);
};

constexpr int32_t kCpu = 1, kCuda = 2, kRocm = 10;
constexpr const char* kFresh = "dltensor";
constexpr const char* kUsed = "used_dltensor";

struct TypeRow {
  DType dtype;
  DlDataType dl;
};
constexpr TypeRow kTypes[] = {
    {kInt8, {0, 8, 1}},           {kInt16, {0, 16, 1}},
    {kInt32, {0, 32, 1}},         {kInt64, {0, 64, 1}},
    {kUint8, {1, 8, 1}},          {kUint16, {1, 16, 1}},
    {kUint32, {1, 32, 1}},        {kUint64, {1, 64, 1}},
    {kFloat16, {2, 16, 1}},       {kFloat32, {2, 32, 1}},
    {kFloat64, {2, 64, 1}},       {kBfloat16, {4, 16, 1}},
    {kComplex64, {5, 64, 1}},     {kComplex128, {5, 128, 1}},
    {kBool, {6, 8, 1}},           {kFloat8E3m4, {7, 8, 1}},
    {kFloat8E4m3, {8, 8, 1}},     {kFloat8E4m3b11fnuz, {9, 8, 1}},
    {kFloat8E4m3fn, {10, 8, 1}},  {kFloat8E4m3fnuz, {11, 8, 1}},
    {kFloat8E5m2, {12, 8, 1}},    {kFloat8E5m2fnuz, {13, 8, 1}},
    {kFloat8E8m0fnu, {14, 8, 1}},
};

DlDataType to_dl(DType d) {
  for (const TypeRow& r : kTypes)
    if (r.dtype == d) return r.dl;
  PyErr_Format(PyExc_BufferError, "DLPack has no type for elements of dtype %s",
               std::string(d->name).c_str());
  throw py::error_already_set();
}

DType from_dl(DlDataType t) {
  for (const TypeRow& r : kTypes)
    if (r.dl.code == t.code && r.dl.bits == t.bits && t.lanes == 1) return r.dtype;
  fail<ValueError>("Unknown or unsupported DLPack type code ", int{t.code}, " with ", int{t.bits},
                   " bits and ", int{t.lanes}, " lanes");
}

const Array& concrete(py::handle x) {
  require<TypeError>(is_array(x.ptr()), "expected an array, got ", type_text(x.ptr()));
  const Value& v = value_of(x.ptr());
  if (v.array()) return runtime::unsharded(*v.array());
  return require_known<ConcretizationTypeError>(
      v, "Abstract tracer value encountered where concrete value is expected:",
      "Only arrays outside of transformed functions have memory to share.");
}

DlDevice device_of(const Array& a) {
  const pjrt::Device* d = runtime::device_of(a);
  if (!d) return {kCpu, 0};
  const std::string& name = d->client().platform_name();
  int32_t type = name == "cuda" ? kCuda : name == "rocm" ? kRocm : kCpu;
  require<ValueError>(type != kCpu || d->client().is_cpu(), "DLPack knows no device of platform ",
                      name);
  return {type, type == kCpu ? 0 : static_cast<int32_t>(d->local_hardware_id())};
}

// Export --------------------------------------------------------------------------

struct Exported {
  DlManagedTensor managed{};
  Shape shape;
  std::unique_ptr<HostView> view;
  std::optional<pjrt::ExternalReference> reference;
};

void keep_memory(const Array& a, Exported& e) {
  e.view = host_view(a);
  if (e.view) {
    e.managed.tensor.data = const_cast<void*>(e.view->data);
    return;
  }
  auto& buffer = static_cast<const runtime::DeviceBuffer&>(*a.buffer()).pjrt;
  runtime::block_until_ready(a);
  e.reference.emplace(buffer);
  e.managed.tensor.data = buffer->unsafe_pointer();
}

void drop_capsule(PyObject* capsule) {
  if (!PyCapsule_IsValid(capsule, kFresh)) return;  // somebody took it, and drops it
  auto* m = static_cast<DlManagedTensor*>(PyCapsule_GetPointer(capsule, kFresh));
  m->deleter(m);
}

py::object export_array(py::handle x, py::handle, py::handle, py::handle, py::handle copy) {
  const Array& a = concrete(x);
  require<ValueError>(!copy.is(py::bool_(true)),
                      "__dlpack__(copy=True) is not supported: copy the array first");
  if (const runtime::ShardedBuffer* s = runtime::shards_of(a)) {
    PyErr_Format(PyExc_BufferError,
                 "__dlpack__ only supported for unsharded arrays, this one has %zu shards",
                 s->shards.size());
    throw py::error_already_set();
  }
  auto e = std::make_unique<Exported>();
  e->shape = a.aval.shape();
  DlTensor& t = e->managed.tensor;
  t.dtype = to_dl(a.aval.dtype());
  t.device = device_of(a);
  keep_memory(a, *e);
  t.ndim = static_cast<int32_t>(a.aval.rank());
  t.shape = e->shape.data();
  e->managed.context = e.get();
  e->managed.deleter = [](DlManagedTensor* m) { delete static_cast<Exported*>(m->context); };
  return owned(PyCapsule_New(&e.release()->managed, kFresh, drop_capsule));
}

// Import --------------------------------------------------------------------------

// What a library lent us; given back once, on any thread.
class Lent {
 public:
  explicit Lent(DlManagedTensor* m) : tensor_(m) {}
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  ~Lent() {
    if (!tensor_->deleter || !Py_IsInitialized()) return;
    py::gil_scoped_acquire gil;
    tensor_->deleter(tensor_);
  }
  const DlTensor& operator*() const { return tensor_->tensor; }

 private:
  DlManagedTensor* const tensor_;
};

// The memory itself where that can be; `copy` tells whether it has to be, or must not.
Value import_tensor(std::shared_ptr<const Lent> lent, std::optional<bool> copy) {
  const DlTensor& t = **lent;
  require<NotImplemented>(t.device.type == kCpu, "from_dlpack takes arrays in host memory only, ",
                          "got one on a device of DLPack type ", t.device.type);
  DType d = from_dl(t.dtype);
  Aval aval(d, std::span<const int64_t>(t.shape, static_cast<size_t>(t.ndim)));
  Axes strides;
  for (int32_t i = 0; t.strides && i < t.ndim; ++i) strides.push_back(t.strides[i] * d->itemsize);
  const void* data = static_cast<const std::byte*>(t.data) + t.byte_offset;
  runtime::HostMemory memory{.data = data};
  if (t.strides) memory.byte_strides = {strides.data(), strides.size()};
  if (copy == false) {
    auto type = static_cast<pjrt::ElementType>(d.id());
    pjrt::HostArray host{data, type, aval.shape(), memory.byte_strides};
    require<ValueError>(pjrt::can_alias(host), "Specified input which requires a copy since the ",
                        "source data buffer is not dense or not aligned to ", pjrt::kHostAlignment,
                        " bytes. However copy=False. Set copy=True or copy=None to perform the ",
                        "requested operation.");
  }
  // Nothing to share, or too little to be worth it.
  if (aval.size() == 0 || aval.rank() == 0) return host_array(aval, data);
  if (copy != true) memory.done = [lent = std::move(lent)]() mutable { lent.reset(); };
  return runtime::to_array(aval, std::move(memory), runtime::default_device(), false);
}

py::object import_array(py::object x, std::optional<bool> copy) {
  py::object capsule = py::hasattr(x, "__dlpack__") ? x.attr("__dlpack__")() : x;
  auto* m = static_cast<DlManagedTensor*>(PyCapsule_GetPointer(capsule.ptr(), kFresh));
  if (!m) throw py::error_already_set();
  auto lent = std::make_shared<const Lent>(m);
  PyCapsule_SetName(capsule.ptr(), kUsed);
  Value v = import_tensor(std::move(lent), copy);
  return wrapped(convert_element_type(v, canonical(v.dtype())));
}

}  // namespace

void register_dlpack(py::module_& m) {
  py::object type = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(array_type));
  type.attr("__dlpack__") =
      py::cpp_function(&export_array, py::name("__dlpack__"), py::is_method(type), py::kw_only(),
                       py::arg("stream") = py::none(), py::arg("max_version") = py::none(),
                       py::arg("dl_device") = py::none(), py::arg("copy") = py::none(),
                       "The elements as a DLPack capsule, for other libraries. Waits for them.");
  type.attr("__dlpack_device__") = py::cpp_function(
      [](py::handle x) {
        DlDevice d = device_of(concrete(x));
        return py::make_tuple(d.type, d.id);
      },
      py::name("__dlpack_device__"), py::is_method(type),
      "The kind and number of the device, as DLPack counts them.");
  m.def("from_dlpack", &import_array, py::arg("x"), py::arg("copy") = py::none(),
        "The elements of another library's array in host memory, as an array of ours.");
  m.def("buffer_pointer", [](py::handle x) -> uintptr_t {
    const Array& a = concrete(x);
    require<ValueError>(!runtime::shards_of(a),
                        "unsafe_buffer_pointer() is supported only for unsharded arrays.");
    const pjrt::Device* d = runtime::device_of(a);
    auto b = runtime::on_device(a, d ? *d : runtime::default_device());
    return reinterpret_cast<uintptr_t>(b->pjrt->unsafe_pointer());
  });
  m.def("on_device_size", [](py::handle x) {
    const Array& a = concrete(x);
    if (const runtime::ShardedBuffer* shards = runtime::shards_of(a)) {
      size_t bytes = 0;
      for (const auto& s : shards->shards)
        bytes +=
            runtime::on_device(s.data(), *runtime::device_of(s.data()))->pjrt->on_device_size();
      return bytes;
    }
    const pjrt::Device* d = runtime::device_of(a);
    return runtime::on_device(a, d ? *d : runtime::default_device())->pjrt->on_device_size();
  });
}

}  // namespace covector::bindings

#include "numpy_array.h"

#include <pybind11/numpy.h>

#include "covector/runtime/backend.h"
#include "covector/runtime/sharded.h"
#include "dtypes.h"
#include "errors.h"

namespace covector::bindings {
namespace {

using NumpyApi = py::detail::npy_api;

// Arrays up to this many bytes wait in host memory until a device wants them;
// larger ones go to the default device at once, which saves a copy.
constexpr int64_t kSmallArray = 1 << 16;

const py::detail::PyArray_Proxy* as_numpy(PyObject* x) { return py::detail::array_proxy(x); }

bool is_c_contiguous(PyObject* x) { return as_numpy(x)->flags & NumpyApi::NPY_ARRAY_C_CONTIGUOUS_; }

py::object astype(PyObject* x, DType d) { return py::handle(x).attr("astype")(dtype_object(d)); }

void reject_masked(PyObject* x) {
  if (Py_TYPE(x) == NumpyApi::get().PyArray_Type_) return;
  require<ValueError>(!py::hasattr(x, "mask"),
                      "numpy masked arrays are not supported as direct inputs to functions of "
                      "arrays. Use arr.filled() to convert the value to a standard numpy array.");
}

// Precondition: elements of the type's size, in the native byte order.
Value from_native(PyObject* x, DType d) {
  auto* a = as_numpy(x);
  Shape shape(a->dimensions, a->dimensions + a->nd);
  Aval aval(d, shape);
  if (aval.bytes() <= kSmallArray || aval.size() == 0) {
    py::object dense = py::reinterpret_borrow<py::object>(x);
    if (!is_c_contiguous(x)) dense = py::module_::import("numpy").attr("ascontiguousarray")(dense);
    return host_array(aval, as_numpy(dense.ptr())->data);
  }
  SmallVector<int64_t, 6> strides(a->strides, a->strides + a->nd);
  runtime::HostMemory memory{.data = a->data};
  if (!is_c_contiguous(x)) memory.byte_strides = {strides.data(), strides.size()};
  return runtime::to_array(aval, std::move(memory), runtime::default_device(), false);
}

struct BufferView final : HostView {
  explicit BufferView(Ref<const Buffer> b) : buffer(std::move(b)) {}
  const Ref<const Buffer> buffer;
};
struct DeviceView final : HostView {
  explicit DeviceView(const Ref<pjrt::Buffer>& b) : reference(b) {}
  const pjrt::ExternalReference reference;
};
struct ScalarView final : HostView {
  explicit ScalarView(const Array& a) : array(&a) { data = a.scalar()->bytes; }
  const Ref<const Array> array;
};

void require_numpy_type(const Aval& a) {
  require<TypeError>(!is_extended(a.dtype()),
                     "an array of keys cannot be converted to a NumPy array. Use "
                     "random.key_data(arr) for the integers behind the keys.");
}

// `base` keeps `data` alive; without it NumPy makes memory of its own.
py::object new_numpy(const Aval& a, void* data, py::object base) {
  PyObject* dtype = Py_NewRef(borrowed_dtype_object(a.dtype()));
  auto& api = NumpyApi::get();
  py::object r = owned(api.PyArray_NewFromDescr_(
      api.PyArray_Type_, dtype, static_cast<int>(a.rank()),
      reinterpret_cast<const Py_intptr_t*>(a.shape().data()), nullptr, data, 0, nullptr));
  if (base) check_status(api.PyArray_SetBaseObject_(r.ptr(), base.release().ptr()));
  return r;
}

void make_read_only(py::handle numpy) {
  py::detail::array_proxy(numpy.ptr())->flags &= ~NumpyApi::NPY_ARRAY_WRITEABLE_;
}

}  // namespace

bool is_numpy_array(PyObject* x) { return NumpyApi::get().PyArray_Check_(x); }

bool has_array_dtype(PyObject* x) {
  return static_cast<bool>(from_numpy_dtype(as_numpy(x)->descr));
}

Value from_numpy(PyObject* x) {
  reject_masked(x);
  bool swapped = false;
  DType d = from_numpy_dtype(as_numpy(x)->descr, &swapped);
  if (!d)
    fail<TypeError>("Value '", std::string(py::repr(x)), "' with dtype ",
                    std::string(py::str(py::handle(as_numpy(x)->descr))),
                    " is not a valid JAX array type. Only arrays of numeric types are supported.");
  DType narrow = canonical(d);
  if (d == kFloat0) {
    auto* a = as_numpy(x);
    Aval aval(kBool, Shape(a->dimensions, a->dimensions + a->nd));
    return host_array(aval, std::vector<std::byte>(static_cast<size_t>(aval.bytes())).data());
  }
  if (narrow == d && !swapped) return from_native(x, d);
  return from_native(astype(x, narrow).ptr(), narrow);
}

std::unique_ptr<HostView> host_view(const Array& given) {
  const Array& a = runtime::unsharded(given);
  if (a.scalar()) return std::make_unique<ScalarView>(a);
  const void* data = runtime::host_data(a);
  if (!data && a.aval.size() != 0) return nullptr;
  std::unique_ptr<HostView> view;
  if (a.buffer()->place == Buffer::Place::kHost)
    view = std::make_unique<BufferView>(Ref<const Buffer>(a.buffer()));
  else
    view =
        std::make_unique<DeviceView>(static_cast<const runtime::DeviceBuffer&>(*a.buffer()).pjrt);
  view->data = data;
  return view;
}

py::object to_new_numpy(const Array& a) {
  require_numpy_type(a.aval);
  py::object r = new_numpy(a.aval, nullptr, {});
  if (a.aval.dtype() != kFloat0) runtime::read(a, as_numpy(r.ptr())->data);
  return r;
}

py::object to_numpy(const Array& a) {
  require_numpy_type(a.aval);
  std::unique_ptr<HostView> view;
  if (!a.scalar() && a.aval.size() && a.aval.dtype() != kFloat0) view = host_view(a);
  py::object r;
  if (view) {
    void* data = const_cast<void*>(view->data);
    py::capsule base(view.release(), [](void* p) { delete static_cast<HostView*>(p); });
    r = new_numpy(a.aval, data, std::move(base));
  } else {
    r = to_new_numpy(a);
  }
  make_read_only(r);
  return r;
}

}  // namespace covector::bindings

"""The measurer is right about the forms of C++ that this code base uses."""

from codebase.measure import Function, blank, cpp_functions, python_functions

CPP = """\
#include <x>
#define BRACES { {
namespace a {
struct B : C<int> {
  B() : x_{1}, y_(2) {
    f();
  }
 private:
  int get() const noexcept { return x_; }
  template <class T>
    requires(sizeof(T) > 1)
  auto operator()(T t) const -> std::vector<T> {
    if (t) {
      return {};
    }
    return {t};
  }
  int x_{0}, y_;
};
template <class T>
concept Has = requires(T t) {
  { t.f() } -> D;
};
enum class E : int { k1, k2 };
const char* s = "}{";  // }
const auto r = R(R"x(}})x").raw('{', 1'000);
Entry entry{
    .name = "sin",
    .jvp =
        [](Args a) {
          auto inner = [&] { return 1; };
          return inner();
        },
    .lower = hlo_op("sine"),
    .batch = [](Args a) { return a; },
};
}  // namespace a
TEST(Sin, IsOdd) {
  EXPECT_TRUE(1);
}
extern "C" {
int main(int argc,
         char** argv) {
}
}
bool operator==(A, B) { return true; }
"""


def test_cpp_functions() -> None:
    assert cpp_functions(CPP) == [
        Function("B", 5, 3),
        Function("get", 9, 1),
        Function("operator()", 10, 8),
        Function("<lambda>", 30, 4),
        Function("<lambda>", 35, 1),
        Function("TEST(Sin, IsOdd)", 38, 3),
        Function("main", 42, 3),
        Function("operator==", 46, 1),
    ]


def test_blanking_keeps_the_lines() -> None:
    assert blank(CPP).count("\n") == CPP.count("\n")
    assert blank('f("{", /* } */ 1\'0);').count("{") == 0


def test_python_functions_leave_the_docstring_out() -> None:
    text = '@d\ndef f(x):\n  """Two\n  lines."""\n  def g():\n    pass\n  return g\n'
    assert python_functions(text) == [Function("f", 2, 4), Function("g", 5, 2)]

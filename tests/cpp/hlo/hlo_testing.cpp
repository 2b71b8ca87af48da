#include "hlo/hlo_testing.h"

#include "pjrt/pjrt_testing.h"

namespace covector::hlo_testing {
namespace {

struct BodyParams {
  std::shared_ptr<const Body> body;
  Avals out;
  void fields(FieldVisitor& f) const { f("results", static_cast<int64_t>(out.size())); }
  bool operator==(const BodyParams&) const = default;
};

const Primitive& body_op() {
  static const Primitive& p = *new Primitive({
      .name = "body",
      .multiple_results = true,
      .abstract_eval = [](const Op& op, AvalSpan) { return op.get<BodyParams>().out; },
      .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in,
                  AvalSpan) { return (*op.get<BodyParams>().body)(b, in); },
  });
  return p;
}

pjrt::ElementType element_type(DType d) { return static_cast<pjrt::ElementType>(d.id()); }

}  // namespace

ClosedJaxpr program(AvalSpan in, AvalSpan out, Body body) {
  auto j = make_ref<Jaxpr>();
  Eqn e;
  e.op = body_op().with(
      BodyParams{std::make_shared<const Body>(std::move(body)), Avals(out.begin(), out.end())});
  for (const Aval& a : in) {
    j->invars.push_back(j->new_var(a));
    e.in.push_back({j->invars.back(), {}});
  }
  for (const Aval& a : out) {
    e.out.push_back(j->new_var(a));
    j->outs.push_back({e.out.back(), {}});
  }
  j->eqns.push_back(std::move(e));
  return {j, {}};
}

std::vector<std::string> lines(AvalSpan in, AvalSpan out, const Body& body,
                               hlo::ModuleOptions options) {
  std::string text = hlo::lower_module(program(in, out, body), options);
  std::vector<std::string> r;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    size_t start = std::min(text.find_first_not_of(' ', at), end);
    r.push_back(text.substr(start, end - start));
    at = end + 1;
  }
  // Without the module, the function, its return and the braces that close them.
  return {r.begin() + 2, r.end() - 3};
}

std::vector<Bytes> run(const std::string& module, AvalSpan in, const std::vector<Bytes>& args) {
  const pjrt::Client& client = pjrt::testing::cpu_client();
  auto executable = pjrt::testing::compile(client, module);
  std::vector<Ref<pjrt::Buffer>> buffers;
  for (size_t i = 0; i < in.size(); ++i)
    buffers.push_back(pjrt::to_device({args[i].data(), element_type(in[i].dtype()), in[i].shape()},
                                      client.device(0)));
  std::vector<Bytes> r;
  for (const auto& b : pjrt::testing::run(*executable, buffers)) {
    r.emplace_back(pjrt::host_size(b->element_type(), b->dims()));
    b->to_host(std::span(r.back()));
  }
  return r;
}

std::vector<Bytes> run(AvalSpan in, AvalSpan out, const Body& body,
                       const std::vector<Bytes>& args) {
  return run(hlo::lower_module(program(in, out, body), {}), in, args);
}

}  // namespace covector::hlo_testing

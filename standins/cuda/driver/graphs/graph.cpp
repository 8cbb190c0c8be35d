#include "graph.hpp"

#include <algorithm>
#include <map>

using standin::Failure;
using standin::Operation;
using standin::Task;

CUgraph_st::~CUgraph_st() {
  for (const auto &node : nodes) standin::live<CUgraphNode_st>().remove(node.get());
}

CUgraphNode CUgraph_st::add(CUgraphNodeType type, std::vector<CUgraphNode> dependencies,
                            Operation operation) {
  for (CUgraphNode one : dependencies)
    standin::require(standin::live<CUgraphNode_st>().get(one)->graph == this);
  auto node = std::make_shared<CUgraphNode_st>(
      CUgraphNode_st{this, type, std::move(operation), std::move(dependencies)});
  nodes.push_back(node);
  return standin::live<CUgraphNode_st>().add(node);
}

std::vector<CUgraphNode> CUgraph_st::in_order() const {
  std::vector<CUgraphNode> ordered;
  const auto has = [&](CUgraphNode node) {
    return std::find(ordered.begin(), ordered.end(), node) != ordered.end();
  };
  while (ordered.size() < nodes.size()) {
    const std::size_t before = ordered.size();
    for (const auto &node : nodes) {
      const auto &needed = node->dependencies;
      if (!has(node.get()) && std::all_of(needed.begin(), needed.end(), has))
        ordered.push_back(node.get());
    }
    standin::require(ordered.size() > before);
  }
  return ordered;
}

CUgraphExec_st::CUgraphExec_st(CUctx_st &context, const CUgraph_st &graph)
    : context(context), steps_(steps_of(graph)) {}

std::vector<CUgraphExec_st::Step> CUgraphExec_st::steps_of(const CUgraph_st &graph) {
  std::vector<Step> steps;
  std::map<CUgraphNode, std::size_t> places;
  for (CUgraphNode node : graph.in_order()) {
    Step step{node, node->type, {}, node->operation};
    for (CUgraphNode one : node->dependencies) step.dependencies.push_back(places.at(one));
    std::sort(step.dependencies.begin(), step.dependencies.end());
    places[node] = steps.size();
    steps.push_back(std::move(step));
  }
  return steps;
}

bool CUgraphExec_st::update(const CUgraph_st &graph) {
  std::vector<Step> steps = steps_of(graph);
  const std::lock_guard guard(mutex_);
  const bool alike = std::equal(steps.begin(), steps.end(), steps_.begin(), steps_.end(),
                                [](const Step &a, const Step &b) {
                                  return a.type == b.type && a.dependencies == b.dependencies;
                                });
  if (!alike) return false;
  // The handles stay those of the graph that it was made from.
  for (std::size_t n = 0; n < steps.size(); ++n)
    steps_[n].operation = std::move(steps[n].operation);
  return true;
}

void CUgraphExec_st::set(CUgraphNode node, Operation operation) {
  const std::lock_guard guard(mutex_);
  const auto found = std::find_if(steps_.begin(), steps_.end(),
                                  [&](const Step &step) { return step.node == node; });
  standin::require(found != steps_.end());
  found->operation = std::move(operation);
}

Operation CUgraphExec_st::operation() const {
  const std::lock_guard guard(mutex_);
  std::vector<Operation> operations;
  for (const Step &step : steps_) operations.push_back(step.operation);
  return [operations] {
    std::vector<Task> tasks;
    for (const Operation &one : operations) tasks.push_back(one());
    return [tasks] {
      for (const Task &task : tasks) task();
    };
  };
}

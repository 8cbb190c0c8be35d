// Graphs of operations, and what is made of them to be launched.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "../context.hpp"

struct CUgraphNode_st {
  CUgraph graph;
  CUgraphNodeType type;
  standin::Operation operation;
  std::vector<CUgraphNode> dependencies;
};

struct CUgraph_st {
  ~CUgraph_st();

  CUgraphNode add(CUgraphNodeType type, std::vector<CUgraphNode> dependencies,
                  standin::Operation operation);
  // Each after those that it depends on; fails where they go round in a circle.
  std::vector<CUgraphNode> in_order() const;

  std::vector<std::shared_ptr<CUgraphNode_st>> nodes;
};

struct CUgraphExec_st {
  CUgraphExec_st(CUctx_st &context, const CUgraph_st &graph);

  // Takes over the operations of a graph of the same shape; false where the shape differs.
  bool update(const CUgraph_st &graph);
  void set(CUgraphNode node, standin::Operation operation);
  standin::Operation operation() const;

  CUctx_st &context;
  // Whether a thread is in a call that takes it.
  std::atomic<bool> in_use{false};

 private:
  struct Step {
    CUgraphNode node;
    CUgraphNodeType type;
    std::vector<std::size_t> dependencies;
    standin::Operation operation;
  };
  static std::vector<Step> steps_of(const CUgraph_st &graph);

  mutable std::mutex mutex_;
  std::vector<Step> steps_;
};

namespace standin {

// The driver leaves it to its callers that only one thread at a time uses a graph. A real one
// breaks; this one tells.
class OnlyUser {
 public:
  explicit OnlyUser(CUgraphExec_st &exec) : exec_(exec) {
    if (!exec.in_use.exchange(true)) return;
    tell("two threads use one graph at the same time");
    fail(CUDA_ERROR_ILLEGAL_STATE);
  }
  OnlyUser(const OnlyUser &) = delete;
  OnlyUser &operator=(const OnlyUser &) = delete;
  ~OnlyUser() { exec_.in_use = false; }

 private:
  CUgraphExec_st &exec_;
};

}  // namespace standin

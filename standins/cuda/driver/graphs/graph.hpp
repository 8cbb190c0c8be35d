// Graphs of operations, and executable graphs.
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
  // Returns the nodes in topological order; fails if there is a cycle.
  std::vector<CUgraphNode> in_order() const;

  std::vector<std::shared_ptr<CUgraphNode_st>> nodes;
};

struct CUgraphExec_st {
  CUgraphExec_st(CUctx_st &context, const CUgraph_st &graph);

  // Takes over the operations of a graph of the same shape; returns false if the shapes differ.
  bool update(const CUgraph_st &graph);
  void set(CUgraphNode node, standin::Operation operation);
  standin::Operation operation() const;

  CUctx_st &context;
  // Whether a thread is in a call with this graph.
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

// Detects concurrent use of a graph, which callers must avoid; a real driver does not detect it.
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

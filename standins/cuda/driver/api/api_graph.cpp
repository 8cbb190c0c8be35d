// Graphs: their nodes, and what is made of them.
#include <cstring>

#include "../event_operation.hpp"
#include "../graphs/graph.hpp"
#include "../launch.hpp"
#include "../memory.hpp"
#include "../memory_operation.hpp"

using namespace standin;

namespace {

// Adds a node, whose operation is made first: nothing is added where it fails.
void add(CUgraphNode *node, CUgraph handle, const CUgraphNode *dependencies, std::size_t count,
         CUgraphNodeType type, const Operation &operation) {
  const auto graph = live<CUgraph_st>().get(handle);
  require(node && (dependencies || !count));
  *node = graph->add(type, {dependencies, dependencies + count}, operation);
}

Operation kernel(const CUDA_KERNEL_NODE_PARAMS_v2 *p) {
  require(p && p->func, CUDA_ERROR_INVALID_VALUE);
  const Shape shape{{p->gridDimX, p->gridDimY, p->gridDimZ},
                    {p->blockDimX, p->blockDimY, p->blockDimZ},
                    p->sharedMemBytes};
  return kernel_operation(p->func, shape, p->kernelParams, p->extra);
}

std::byte *place(CUmemorytype type, const void *host, CUdeviceptr device, std::size_t offset,
                 std::size_t size) {
  if (type == CU_MEMORYTYPE_HOST)
    return address_space().host_bytes(static_cast<const std::byte *>(host) + offset, size);
  require(type == CU_MEMORYTYPE_DEVICE || type == CU_MEMORYTYPE_UNIFIED, CUDA_ERROR_NOT_SUPPORTED);
  return type == CU_MEMORYTYPE_DEVICE ? address_space().device_bytes(device + offset, size)
                                      : address_space().unified_bytes(device + offset, size);
}

Operation memory_copy(const CUDA_MEMCPY3D *p) {
  require(p);
  const std::size_t rows = p->Height, planes = p->Depth, width = p->WidthInBytes;
  require(width && rows && planes);
  const auto pitched = [&](std::size_t pitch) { return pitch ? pitch : width; };
  const std::size_t from_pitch = pitched(p->srcPitch), to_pitch = pitched(p->dstPitch);
  const std::size_t from_plane = from_pitch * (p->srcHeight ? p->srcHeight : rows);
  const std::size_t to_plane = to_pitch * (p->dstHeight ? p->dstHeight : rows);
  const auto extent = [&](std::size_t pitch, std::size_t plane) {
    return (planes - 1) * plane + (rows - 1) * pitch + width;
  };
  const std::byte *from = place(p->srcMemoryType, p->srcHost, p->srcDevice,
                                p->srcZ * from_plane + p->srcY * from_pitch + p->srcXInBytes,
                                extent(from_pitch, from_plane));
  std::byte *to =
      place(p->dstMemoryType, p->dstHost, p->dstDevice,
            p->dstZ * to_plane + p->dstY * to_pitch + p->dstXInBytes, extent(to_pitch, to_plane));
  return [=]() -> Task {
    return [=] {
      for (std::size_t z = 0; z < planes; ++z)
        for (std::size_t y = 0; y < rows; ++y)
          std::memmove(to + z * to_plane + y * to_pitch, from + z * from_plane + y * from_pitch,
                       width);
    };
  };
}

Operation memory_set(const CUDA_MEMSET_NODE_PARAMS *p) {
  require(p && (p->elementSize == 1 || p->elementSize == 2 || p->elementSize == 4));
  require(p->width && p->height && p->dst % p->elementSize == 0);
  const std::size_t pitch = p->height > 1 ? p->pitch : 0;
  const std::size_t size = p->elementSize, width = p->width, height = p->height;
  std::byte *bytes = address_space().device_bytes(p->dst, pitch * (height - 1) + width * size);
  const unsigned value = p->value;
  return [=]() -> Task {
    return [=] {
      for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x)
          std::memcpy(bytes + y * pitch + x * size, &value, size);
    };
  };
}

Operation nothing() {
  return []() -> Task { return [] {}; };
}

void instantiate(CUgraphExec *made, CUgraph graph) {
  const ContextRef context = current_context();
  require(made);
  *made = live<CUgraphExec_st>().add(
      std::make_shared<CUgraphExec_st>(*context, *live<CUgraph_st>().get(graph)));
}

}  // namespace

STANDIN_API cuGraphCreate(CUgraph *graph, unsigned flags) {
  return guarded(__func__, [&] {
    require_initialized();
    require(graph && flags == 0);
    *graph = live<CUgraph_st>().add(std::make_shared<CUgraph_st>());
  });
}

STANDIN_API cuGraphDestroy(CUgraph graph) {
  return guarded(__func__, [&] {
    require_initialized();
    live<CUgraph_st>().remove(graph);
  });
}

STANDIN_API cuGraphAddKernelNode_v2(CUgraphNode *node, CUgraph graph, const CUgraphNode *after,
                                    std::size_t count, const CUDA_KERNEL_NODE_PARAMS_v2 *p) {
  return guarded(__func__,
                 [&] { add(node, graph, after, count, CU_GRAPH_NODE_TYPE_KERNEL, kernel(p)); });
}

STANDIN_API cuGraphAddMemcpyNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after,
                                 std::size_t count, const CUDA_MEMCPY3D *p, CUcontext) {
  return guarded(
      __func__, [&] { add(node, graph, after, count, CU_GRAPH_NODE_TYPE_MEMCPY, memory_copy(p)); });
}

STANDIN_API cuGraphAddMemsetNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after,
                                 std::size_t count, const CUDA_MEMSET_NODE_PARAMS *p, CUcontext) {
  return guarded(__func__,
                 [&] { add(node, graph, after, count, CU_GRAPH_NODE_TYPE_MEMSET, memory_set(p)); });
}

STANDIN_API cuGraphAddHostNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after,
                               std::size_t count, const CUDA_HOST_NODE_PARAMS *p) {
  return guarded(__func__, [&] {
    require(p && p->fn);
    add(node, graph, after, count, CU_GRAPH_NODE_TYPE_HOST,
        [call = *p]() -> Task { return [call] { call.fn(call.userData); }; });
  });
}

STANDIN_API cuGraphAddEmptyNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after,
                                std::size_t count) {
  return guarded(__func__,
                 [&] { add(node, graph, after, count, CU_GRAPH_NODE_TYPE_EMPTY, nothing()); });
}

STANDIN_API cuGraphAddEventRecordNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after,
                                      std::size_t count, CUevent event) {
  return guarded(__func__, [&] {
    add(node, graph, after, count, CU_GRAPH_NODE_TYPE_EVENT_RECORD,
        record_operation(live<CUevent_st>().get(event)));
  });
}

STANDIN_API cuGraphAddEventWaitNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after,
                                    std::size_t count, CUevent handle) {
  return guarded(__func__, [&] {
    const auto event = live<CUevent_st>().get(handle);
    add(node, graph, after, count, CU_GRAPH_NODE_TYPE_WAIT_EVENT, [event]() -> Task {
      return [point = event->current()] {
        if (point) point->wait();
      };
    });
  });
}

STANDIN_API cuGraphAddBatchMemOpNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after,
                                     std::size_t count, const CUDA_BATCH_MEM_OP_NODE_PARAMS *p) {
  return guarded(__func__, [&] {
    require(p);
    CUctx_st &context = *current_context();
    add(node, graph, after, count, CU_GRAPH_NODE_TYPE_BATCH_MEM_OP,
        memory_operation(context, p->count, p->paramArray));
  });
}

STANDIN_API cuGraphAddDependencies(CUgraph handle, const CUgraphNode *from, const CUgraphNode *to,
                                   std::size_t count) {
  return guarded(__func__, [&] {
    const auto graph = live<CUgraph_st>().get(handle);
    require((from && to) || !count);
    for (std::size_t n = 0; n < count; ++n) {
      require(live<CUgraphNode_st>().get(from[n])->graph == handle);
      require(live<CUgraphNode_st>().get(to[n])->graph == handle);
      to[n]->dependencies.push_back(from[n]);
    }
  });
}

STANDIN_API cuGraphGetNodes(CUgraph handle, CUgraphNode *nodes, std::size_t *count) {
  return guarded(__func__, [&] {
    const auto graph = live<CUgraph_st>().get(handle);
    require(count);
    if (nodes)
      for (std::size_t n = 0; n < *count; ++n)
        nodes[n] = n < graph->nodes.size() ? graph->nodes[n].get() : nullptr;
    if (!nodes || *count > graph->nodes.size()) *count = graph->nodes.size();
  });
}

STANDIN_API cuGraphNodeGetType(CUgraphNode node, CUgraphNodeType *type) {
  return guarded(__func__, [&] {
    require(type);
    *type = live<CUgraphNode_st>().get(node)->type;
  });
}

STANDIN_API cuGraphKernelNodeSetParams_v2(CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS_v2 *p) {
  return guarded(__func__, [&] {
    const auto found = live<CUgraphNode_st>().get(node);
    require(found->type == CU_GRAPH_NODE_TYPE_KERNEL);
    found->operation = kernel(p);
  });
}

STANDIN_API cuGraphInstantiateWithFlags(CUgraphExec *made, CUgraph graph,
                                        unsigned long long flags) {
  return guarded(__func__, [&] {
    require(!(flags & ~15ull));
    instantiate(made, graph);
  });
}

STANDIN_API cuGraphInstantiateWithParams(CUgraphExec *made, CUgraph graph,
                                         CUDA_GRAPH_INSTANTIATE_PARAMS *p) {
  return guarded(__func__, [&] {
    require(p);
    p->result_out = CUDA_GRAPH_INSTANTIATE_ERROR;
    p->hErrNode_out = nullptr;
    instantiate(made, graph);
    p->result_out = CUDA_GRAPH_INSTANTIATE_SUCCESS;
  });
}

STANDIN_API cuGraphUpload(CUgraphExec exec, CUstream stream) {
  return guarded(__func__, [&] {
    stream_of(stream);
    const auto found = live<CUgraphExec_st>().get(exec);
    const OnlyUser user(*found);
  });
}

STANDIN_API cuGraphLaunch(CUgraphExec handle, CUstream stream_handle) {
  return guarded(__func__, [&] {
    const StreamRef stream = stream_of(stream_handle);
    const auto exec = live<CUgraphExec_st>().get(handle);
    const OnlyUser user(*exec);
    submit(*stream, CU_GRAPH_NODE_TYPE_GRAPH, exec->operation());
  });
}

STANDIN_API cuGraphExecUpdate_v2(CUgraphExec exec, CUgraph graph,
                                 CUgraphExecUpdateResultInfo *info) {
  return guarded(__func__, [&] {
    current_context();
    require(info);
    *info = {};
    const bool done = live<CUgraphExec_st>().get(exec)->update(*live<CUgraph_st>().get(graph));
    info->result =
        done ? CU_GRAPH_EXEC_UPDATE_SUCCESS : CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED;
    require(done, CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE);
  });
}

STANDIN_API cuGraphExecKernelNodeSetParams_v2(CUgraphExec exec, CUgraphNode node,
                                              const CUDA_KERNEL_NODE_PARAMS_v2 *p) {
  return guarded(__func__, [&] {
    current_context();
    live<CUgraphExec_st>().get(exec)->set(node, kernel(p));
  });
}

STANDIN_API cuGraphExecDestroy(CUgraphExec exec) {
  return guarded(__func__, [&] {
    require_initialized();
    live<CUgraphExec_st>().remove(exec);
  });
}

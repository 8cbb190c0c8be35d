/* What the stand-in for NVIDIA's driver has beside the driver's functions: for tests. */
#ifndef CUDA_STANDIN_H
#define CUDA_STANDIN_H

#ifdef __cplusplus
extern "C" {
#endif

/* How many there are: "contexts", "allocations" (device memory), "host_allocations", "registered",
   "modules", "streams", "events", "graphs", "graph_execs"; -1 for what is no kind. */
long cuStandinLive(const char *kind);
/* How often a function was called since the process began. */
long cuStandinCalls(const char *function);

/* The nth call of a function from now on (1 is the next one), and times - 1 calls after it, end
   with that result and do nothing. */
void cuStandinFailCall(const char *function, long nth, int result, long times);
/* The nth kernel that runs from now on breaks its context with that result. */
void cuStandinFailKernel(long nth, int result);
/* Breaks a device's primary context; 0, or -1 where there is none. */
int cuStandinLoseContext(int device, int result);
/* Every operation of a stream takes at least so long. */
void cuStandinDelayStreams(long microseconds);
/* The devices' clocks go on by so much. */
void cuStandinPassTime(long seconds);
/* Takes back all of these but lost contexts and time. */
void cuStandinClearFaults(void);

/* Why the last kernel stopped or the last module was refused, up to the size; the whole length. */
long cuStandinLastWords(char *text, long size);

#ifdef __cplusplus
}
#endif

#endif

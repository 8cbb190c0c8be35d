/* Functions of the stand-in for NVIDIA's driver that tests use to control it. */
#ifndef CUDA_STANDIN_H
#define CUDA_STANDIN_H

#ifdef __cplusplus
extern "C" {
#endif

/* Number of live objects: "contexts", "allocations" (device memory), "host_allocations",
   "registered", "modules", "streams", "events", "graphs", "graph_execs"; -1 for an unknown kind. */
long cuStandinLive(const char *kind);
/* The number of calls of a function since the process started. */
long cuStandinCalls(const char *function);

/* The nth call of a function from now on (1 is the next one), and times - 1 calls after it, end
   with that result and do nothing. */
void cuStandinFailCall(const char *function, long nth, int result, long times);
/* The nth kernel that runs from now on breaks its context with that result. */
void cuStandinFailKernel(long nth, int result);
/* Breaks a device's primary context; returns -1 if it has none, otherwise 0. */
int cuStandinLoseContext(int device, int result);
/* Sets the minimum duration of every operation in a stream. */
void cuStandinDelayStreams(long microseconds);
/* Advances the devices' clocks. */
void cuStandinPassTime(long seconds);
/* Clears these, except for lost contexts and time. */
void cuStandinClearFaults(void);

/* Writes why the last kernel stopped or the last module was refused; returns the full length. */
long cuStandinLastWords(char *text, long size);

#ifdef __cplusplus
}
#endif

#endif

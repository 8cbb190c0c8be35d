/* Events: counters. Published CPU plugins export only their release. */
#include "field.h"

#ifdef FIELD_EVENTS
nxs_int nxsCreateEvent(nxs_int device, nxs_event_type type, nxs_uint settings) {
  if (device != 0) return NXS_InvalidDevice;
  if ((nxs_uint)type > NXS_EventType_Fence || settings != 0) return NXS_InvalidValue;
  pthread_mutex_lock(&lock);
  const nxs_int handle = add(EVENT);
  events[handle] = 0;
  pthread_mutex_unlock(&lock);
  return handle;
}

nxs_status nxsSignalEvent(nxs_int handle, nxs_int value) {
  if (!known(EVENT, handle)) return NXS_InvalidEvent;
  pthread_mutex_lock(&lock);
  if (events[handle] < value) events[handle] = value;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return NXS_Success;
}

nxs_status nxsWaitEvent(nxs_int handle, nxs_int value) {
  if (!known(EVENT, handle)) return NXS_InvalidEvent;
  pthread_mutex_lock(&lock);
  while (events[handle] < value) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  return NXS_Success;
}
#endif

#ifndef FIELD_NO_RELEASES
nxs_status nxsReleaseEvent(nxs_int handle) {
  if (!known(EVENT, handle)) return NXS_InvalidEvent;
  pthread_mutex_lock(&lock);
  forget(EVENT, handle);
  pthread_mutex_unlock(&lock);
  return NXS_Success;
}
#endif

/**
 * @file streams.hpp
 * Streams and events: only live ones reach the plugin. Such plugins take any number for a stream.
 */
#ifndef NEXUS_FIELD_STREAMS_HPP
#define NEXUS_FIELD_STREAMS_HPP

#include <nexus/field/queries.hpp>

namespace nexus::field {

/** The live streams and events. */
class Streams {
 public:
  explicit Streams(Original &original) : original_(original) {}

  nxs_int createStream(nxs_int device, nxs_uint settings) {
    const Lock lock(original_.mutex);
    requireRoom(streams_.size(), "streams");
    const nxs_int made = checked(original_.table.CreateStream(device, settings));
    streams_.add(made, device);
    return made;
  }

  void releaseStream(nxs_int stream) {
    const Lock lock(original_.mutex);
    requireStream(stream);
    checked(original_.table.ReleaseStream(stream));
    streams_.erase(stream);
  }

  void getStreamProperty(nxs_int stream, nxs_uint property, void *value, std::size_t *size) {
    const Lock lock(original_.mutex);
    requireStream(stream);
    if (!original_.has(NF_nxsGetStreamProperty)) throw Refused{NXS_InvalidProperty, ""};
    answer(valueOf(property,
                   [&](void *memory, std::size_t *length) {
                     return original_.table.GetStreamProperty(stream, property, memory, length);
                   }),
           value, size);
  }

  nxs_int createEvent(nxs_int device, nxs_event_type type, nxs_uint settings) {
    const Lock lock(original_.mutex);
    requireRoom(events_.size(), "events");
    const nxs_int made = checked(original_.table.CreateEvent(device, type, settings));
    events_.add(made, device);
    return made;
  }

  void releaseEvent(nxs_int event) {
    const Lock lock(original_.mutex);
    requireEvent(event);
    checked(original_.table.ReleaseEvent(event));
    events_.erase(event);
  }

  void getEventProperty(nxs_int event, nxs_uint property, void *value, std::size_t *size) {
    const Lock lock(original_.mutex);
    requireEvent(event);
    if (!original_.has(NF_nxsGetEventProperty)) throw Refused{NXS_InvalidProperty, ""};
    answer(valueOf(property,
                   [&](void *memory, std::size_t *length) {
                     return original_.table.GetEventProperty(event, property, memory, length);
                   }),
           value, size);
  }

  void signal(nxs_int event, nxs_int value) {
    requireEvent(event);
    checked(original_.table.SignalEvent(event, value));
  }

  void wait(nxs_int event, nxs_int value) {
    requireEvent(event);
    checked(original_.table.WaitEvent(event, value));
  }

  void requireStream(nxs_int stream) {
    const Lock lock(original_.mutex);
    streams_.get(stream, NXS_InvalidStream);
  }

  void requireEvent(nxs_int event) {
    const Lock lock(original_.mutex);
    events_.get(event, NXS_InvalidEvent);
  }

 private:
  Original &original_;
  /** The device of each. */
  Objects<nxs_int> streams_;
  Objects<nxs_int> events_;
};

}  // namespace nexus::field

#endif  // NEXUS_FIELD_STREAMS_HPP

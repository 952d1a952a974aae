"""A camera on the wire: plays an H.264 MP4 over RTSP in an endless loop, on loopback, without encoding it again.

Run by rtsp-server.ts as: /usr/bin/python3 rtsp-server.py FILE PORT [--trace]
PORT 0 takes a free one. Prints the stream's address as the first line of stdout. Ends when stdin closes, so that it never outlives its parent.
With --trace, prints "sent INDEX NANOSECONDS" (CLOCK_MONOTONIC) for every picture handed to the network.
Exit status: 3 GStreamer or a plug-in of it is missing, 4 the file is no H.264 MP4. Each with one line on stderr.
"""
import os
import sys
import threading
import time

PICTURES_MAX = 54_000  # an hour at 15 a second
BYTES_MAX = 512 * 2**20
LATE_S_MAX = 1.0  # after a stop longer than this, go on from here instead of catching up
PACKAGES = (
    "apt install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
)


def give_up(status, message):
    print(message, file=sys.stderr, flush=True)
    os._exit(status)


try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstApp", "1.0")
    gi.require_version("GstRtsp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: F401
except (ImportError, ValueError) as error:
    give_up(3, f"GStreamer's RTSP server is missing ({error}): {PACKAGES}")

H264 = "video/x-h264,stream-format=byte-stream,alignment=au"
MEDIA = (
    f'( appsrc name=source is-live=true do-timestamp=true format=time block=false max-bytes=8000000 caps="{H264}" '
    "! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


def read_pictures(path):
    """Every access unit of the file in decoding order: (bytes, decode time, duration), in ns."""
    for name in ("qtdemux", "h264parse", "rtph264pay", "appsrc"):
        if Gst.ElementFactory.find(name) is None:
            give_up(3, f"GStreamer has no {name}: {PACKAGES}")
    pipeline = Gst.parse_launch(
        "filesrc name=file ! qtdemux ! h264parse config-interval=-1 "
        f"! {H264} ! appsink name=sink sync=false max-buffers=16"
    )
    pipeline.get_by_name("file").set_property("location", path)
    sink, bus = pipeline.get_by_name("sink"), pipeline.get_bus()
    pipeline.set_state(Gst.State.PLAYING)
    pictures, size, at = [], 0, 0
    while not sink.is_eos():
        sample = sink.try_pull_sample(Gst.SECOND // 10)
        if sample is None and bus.pop_filtered(Gst.MessageType.ERROR) is not None:
            break
        if sample is None:
            continue
        buffer = sample.get_buffer()
        data = buffer.extract_dup(0, buffer.get_size())
        size += len(data)
        if size > BYTES_MAX or len(pictures) == PICTURES_MAX:
            give_up(4, f"{path} is too long: at most {PICTURES_MAX} pictures and {BYTES_MAX} bytes are played")
        duration = buffer.duration if buffer.duration != Gst.CLOCK_TIME_NONE else Gst.SECOND // 15
        decode = buffer.dts if buffer.dts != Gst.CLOCK_TIME_NONE else at
        pictures.append((data, decode, duration))
        at = decode + duration
    pipeline.set_state(Gst.State.NULL)
    if not pictures:
        give_up(4, f"{path} holds no H.264 video: make one with ffmpeg -c:v libx264")
    return pictures


class Feeder(threading.Thread):
    """
    Hands pictures to one media's appsrc at their own pace, for ever. The first of a loop is a key frame. The appsrc
    stamps them as they come: stamps of our own would be held back until the pipeline's clock, which starts later,
    has got there. So pictures must stand in the order of showing, that is without B-frames.
    """

    def __init__(self, source, pictures, trace):
        super().__init__(daemon=True)
        self.source, self.pictures, self.trace = source, pictures, trace
        self.stopped = threading.Event()

    def run(self):
        first = self.pictures[0][1]
        last = self.pictures[-1]
        length = last[1] + last[2] - first
        index, loops, start = 0, 0, time.monotonic()
        while not self.stopped.is_set():
            data, decode, _ = self.pictures[index]
            due = start + (loops * length + decode - first) / Gst.SECOND
            late = time.monotonic() - due
            if late > LATE_S_MAX:
                start += late
            elif late < 0 and self.stopped.wait(-late):
                return
            buffer = Gst.Buffer.new_wrapped(data)
            if self.source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
                return
            if self.trace:
                print(f"sent {index} {time.monotonic_ns()}", flush=True)
            index += 1
            if index == len(self.pictures):
                index, loops = 0, loops + 1


def main():
    path, port, trace = sys.argv[1], sys.argv[2], "--trace" in sys.argv[3:]
    Gst.init(None)
    pictures = read_pictures(path)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(MEDIA)
    factory.set_shared(True)
    factory.set_latency(0)
    factory.set_protocols(GstRtsp.RTSPLowerTrans.TCP)

    def configured(_factory, media):
        feeder = Feeder(media.get_element().get_by_name_recurse_up("source"), pictures, trace)
        media.connect("unprepared", lambda _media: feeder.stopped.set())
        feeder.start()

    factory.connect("media-configure", configured)
    server.get_mount_points().add_factory("/lane", factory)
    if server.attach(None) == 0:
        give_up(1, f"port {port} on 127.0.0.1 could not be opened")

    def clean():
        """Sessions of killed clients."""
        server.get_session_pool().cleanup()
        return True

    GLib.timeout_add_seconds(2, clean)
    loop = GLib.MainLoop()

    def parent_gone():
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=parent_gone, daemon=True).start()
    print(f"rtsp://127.0.0.1:{server.get_bound_port()}/lane", flush=True)
    loop.run()


main()

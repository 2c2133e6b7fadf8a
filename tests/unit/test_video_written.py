"""The written video: it plays, keeps real time, and what cannot be written is told."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest
from videos import moving, read_video

from darknet_py.errors import OutputError
from darknet_py.video.writer import CODECS, VideoWriter


def shades(frames):
    return [round(float(frame.mean())) for frame in frames]


@pytest.mark.parametrize("av", [True, False])
@pytest.mark.parametrize("suffix", CODECS)
def test_written_videos_play(tmp_path, monkeypatch, suffix, av):
    """As many frames as were written, in order, in even sides, at the right rate; by PyAV and without it."""
    if av:
        pytest.importorskip("av")
    else:
        monkeypatch.setitem(sys.modules, "av", None)
    path = tmp_path / f"v{suffix}"
    writer = VideoWriter(path, 30000 / 1001, live=False)
    for k in range(10):
        writer.write(np.full((49, 65, 3), 20 * k, np.uint8), 0.0)
    writer.write(np.full((98, 130, 3), 200, np.uint8), 0.0)
    writer.close()
    frames, fps = read_video(path)
    assert {frame.shape for frame in frames} == {(48, 64, 3)}
    assert fps == pytest.approx(29.97, abs=0.001)
    np.testing.assert_allclose(shades(frames), range(0, 201, 20), atol=4)


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffprobe")
@pytest.mark.parametrize("suffix", CODECS)
def test_written_videos_satisfy_ffprobe(tmp_path, suffix):
    writer = VideoWriter(tmp_path / f"v{suffix}", 20, live=False)
    for frame in moving(20):
        writer.write(frame, 0.0)
    writer.close()
    words = "-v error -count_frames -show_entries stream=nb_read_frames,avg_frame_rate,pix_fmt -of csv=p=0"
    done = subprocess.run(
        ["ffprobe", *words.split(), str(tmp_path / f"v{suffix}")], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("yuv420p,20/1,20", "")


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ([0, 0.1, 0.2, 0.3], "0123"),
        ([0, 0.05, 0.1, 0.15, 0.2], "023"),  # faster than the file
        ([0, 0.2, 0.4], "01122"),  # slower
        ([5, 5.1, 5.4, 5.5], "012223"),
        ([0, 100, 100.1], "0" + "1" * 20 + "2"),  # a gap of which two seconds stay
    ],
)
def test_a_live_video_plays_in_real_time(tmp_path, times, shown):
    writer = VideoWriter(tmp_path / "v.avi", 10, live=True)
    for k, at in enumerate(times):
        writer.write(np.full((48, 64, 3), 50 * k, np.uint8), at)
    writer.close()
    np.testing.assert_allclose(shades(read_video(tmp_path / "v.avi")[0]), [50 * int(k) for k in shown], atol=4)


def test_videos_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match=r"no such kind of video; use \.mp4"):
        VideoWriter(tmp_path / "v.wmv", 25, live=False)
    with pytest.raises(OutputError, match="there is no folder"):
        VideoWriter(tmp_path / "no" / "v.mp4", 25, live=False)
    with pytest.raises(OutputError, match="1 x 9 pixels are too small"):
        VideoWriter(tmp_path / "v.mp4", 25, live=False).write(np.zeros((9, 1, 3), np.uint8), 0)


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_a_folder_in_place_of_the_video(tmp_path, suffix):
    path = tmp_path / f"v{suffix}"
    path.mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        VideoWriter(path, 25, live=False).write(moving(1)[0], 0)


def test_a_video_that_was_lost_on_the_way(tmp_path):
    writer = VideoWriter(tmp_path / "v.avi", 25, live=False)
    writer.write(moving(1)[0], 0)
    (tmp_path / "v.part.avi").unlink()
    with pytest.raises(OutputError, match="could not be written whole"):
        writer.close()

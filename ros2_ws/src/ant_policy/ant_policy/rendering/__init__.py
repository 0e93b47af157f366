"""Pictures and videos of policies in the simulator."""

VIDEO_FORMATS = (".mp4", ".gif")
PICTURE_FORMATS = (".png", ".jpg")

"""From a video file to tracklets of people with crops; knows nothing of the other packages."""

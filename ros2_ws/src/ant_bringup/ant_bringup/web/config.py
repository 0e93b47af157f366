"""Parameters of the web page, free of ROS."""

from dataclasses import dataclass

from ant_ros.config import parameter


@dataclass(frozen=True)
class WebConfig:
    """Parameters of the web page."""

    port: int = parameter(8080, "port on 127.0.0.1; 0: any free one", (0, 65535))
    model: str = parameter("", "MJCF file of the shown robot; empty: the Ant of this project")
    driver: str = parameter("sim_node", "node whose services (pause, step, reset) and /diagnostics are used")

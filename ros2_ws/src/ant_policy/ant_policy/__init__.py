"""Trained policies for the jumping Ant: loading, evaluation, training and the ROS 2 policy node."""

from ant_policy.card.card import Card, default_card
from ant_policy.errors import CardError, PolicyError, PolicyFileError
from ant_policy.policies.interface import Policy
from ant_policy.policies.loading import load_policy
from ant_ros.environment import guard_rclpy

__all__ = ["Card", "CardError", "Policy", "PolicyError", "PolicyFileError", "default_card", "load_policy"]

guard_rclpy()

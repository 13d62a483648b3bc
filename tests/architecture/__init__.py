"""The structure that the code keeps: who may know whom."""

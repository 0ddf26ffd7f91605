"""The audit log: every act of an official, written in the function that makes the change."""

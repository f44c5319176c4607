# SPDX-License-Identifier: Apache-2.0
"""What the system tests stand on: real x400d processes, networks, captures, a P1 client."""

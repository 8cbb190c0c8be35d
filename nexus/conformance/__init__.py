"""The conformance kit: checks for every rule of the C ABI whether a plugin conforms to it.

``nexus conformance PLUGIN`` runs all of it; ``pytest --pyargs nexus.conformance
--nexus-plugin=PLUGIN`` makes each check a test. It needs the extra ``nexus-device[conformance]``.
"""

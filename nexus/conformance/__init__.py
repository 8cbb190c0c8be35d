"""The conformance kit: checks whether a plugin conforms to the rules of the C ABI.

``nexus conformance PLUGIN`` runs it; ``pytest --pyargs nexus.conformance
--nexus-plugin=PLUGIN`` makes each check a test. It needs the extra ``nexus-device[conformance]``.
"""

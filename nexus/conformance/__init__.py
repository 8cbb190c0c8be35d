"""The conformance kit: proves for every rule of the C ABI whether a plugin keeps it.

``nexus conformance PLUGIN`` runs all of it; ``pytest --pyargs nexus.conformance
--nexus-plugin=PLUGIN`` makes each check a test. It needs the extra ``nexus[conformance]``.
"""

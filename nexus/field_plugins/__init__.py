"""Plugins of the field: published before the plugin ABI had versions, without ``nxsGetApiVersion``.

They keep less of the contract than the rest of the package relies on. `FieldPlugin` stands between:
it offers the functions of the contract, each of which does what is safe with such a plugin, or
refuses with a reason. ``docs/plugins.md`` lists what it does.
"""

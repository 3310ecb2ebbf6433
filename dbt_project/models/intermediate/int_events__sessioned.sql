{{ sessioned() }}

namespace MAFlow.MLNet.Schema;

/// <summary>What names of columns have to be to each other.</summary>
internal static class ColumnNames
{
    /// <exception cref="ArgumentException">Two columns share a name, or a name is empty.</exception>
    public static void RequireDifferent(IEnumerable<string> all)
    {
        var names = new HashSet<string>();
        foreach (var name in all)
        {
            if (string.IsNullOrWhiteSpace(name))
            {
                throw new ArgumentException("Expected column names, or null for a column that is not wanted, got an empty name.");
            }

            if (!names.Add(name))
            {
                throw new ArgumentException($"Expected a different name for each column, got '{name}' twice. "
                    + "Rename one of them in the options, or set it to null to do without it.");
            }
        }
    }
}

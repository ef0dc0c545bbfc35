namespace MAFlow.MLNet.Schema;

/// <summary>Adds the name of the column to what the mathematics says about its numbers.</summary>
internal static class ColumnErrors
{
    public static ArgumentException Naming(string column, ArgumentException error) => new($"Column '{column}': {error.Message}", error);

    /// <summary>Also says where the batch begins, since the mathematics counts rows from there.</summary>
    public static ArgumentException Naming(string column, long firstRow, ArgumentException error) => firstRow <= 0
        ? Naming(column, error)
        : new($"Column '{column}', among the rows from {firstRow} on, which are counted from 0 here: {error.Message}", error);
}

namespace MAFlow.MLNet;

/// <summary>Adds the name of the column to what the mathematics says about its numbers.</summary>
internal static class ColumnErrors
{
    public static ArgumentException Naming(string column, ArgumentException error) =>
        new($"Column '{column}': {error.Message}", error.ParamName is null ? null : nameof(column), error);
}

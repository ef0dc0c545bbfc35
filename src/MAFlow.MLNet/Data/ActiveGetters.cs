using Microsoft.ML;

namespace MAFlow.MLNet.Data;

/// <summary>The checks that ML.NET's contract asks of every request for a getter.</summary>
internal static class ActiveGetters
{
    public static void RequireActive(bool[] active, DataViewSchema.Column column)
    {
        if (!IsActive(active, column))
        {
            throw new ArgumentOutOfRangeException(nameof(column),
                $"Column '{column.Name}' is not active. Name it among the columns needed when asking for the cursor or row.");
        }
    }

    public static bool IsActive(bool[] active, DataViewSchema.Column column)
    {
        if (column.Index >= active.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(column),
                $"Column '{column.Name}' has index {column.Index}, but the schema has {active.Length} columns. Take the column from "
                + "the schema of this row.");
        }

        return active[column.Index];
    }

    public static ValueGetter<T> Cast<T>(Delegate getter, DataViewSchema.Column column) => getter as ValueGetter<T>
        ?? throw new InvalidOperationException($"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(T)}', "
            + $"expected type: '{getter.GetType().GetGenericArguments()[0]}'.");
}

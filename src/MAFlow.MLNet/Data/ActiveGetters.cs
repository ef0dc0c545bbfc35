using Microsoft.ML;

namespace MAFlow.MLNet.Data;

/// <summary>The checks that ML.NET's contract asks of every request for columns or for a getter.</summary>
/// <remarks>An index alone may be that of another schema's column, and would then name a column that nobody asked for.</remarks>
internal static class ActiveGetters
{
    /// <summary>Which columns of a schema are asked for, by index.</summary>
    /// <exception cref="InvalidOperationException">One is of another schema; the text begins as that of ML.NET's own views.</exception>
    public static bool[] Of(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = new bool[schema.Count];
        foreach (var column in columnsNeeded)
        {
            if (!Belongs(schema, column))
            {
                throw new InvalidOperationException($"The requested column: {column} is not part of the sourceSchema. Take columns from "
                    + "the schema of the view or row that is asked for them.");
            }

            active[column.Index] = true;
        }

        return active;
    }

    public static void RequireActive(DataViewSchema schema, bool[] active, DataViewSchema.Column column)
    {
        if (!IsActive(schema, active, column))
        {
            throw new ArgumentOutOfRangeException(nameof(column),
                $"Column '{column.Name}' is not active. Name it among the columns needed when asking for the cursor or row.");
        }
    }

    public static bool IsActive(DataViewSchema schema, bool[] active, DataViewSchema.Column column)
    {
        if (!Belongs(schema, column))
        {
            throw new ArgumentOutOfRangeException(nameof(column),
                $"Column '{column}' with index {column.Index} is none of the {schema.Count} columns of this schema. Take the column from "
                + "the schema of this row.");
        }

        return active[column.Index];
    }

    public static ValueGetter<T> Cast<T>(Delegate getter, DataViewSchema.Column column) => getter as ValueGetter<T>
        ?? throw new InvalidOperationException($"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(T)}', "
            + $"expected type: '{getter.GetType().GetGenericArguments()[0]}'.");

    // Equal schemas made apart from each other pass: readers keep columns of a view while they make it anew.
    private static bool Belongs(DataViewSchema schema, DataViewSchema.Column column) =>
        column.Index < schema.Count && schema[column.Index] is var own && own.Name == column.Name && own.Type.Equals(column.Type);
}

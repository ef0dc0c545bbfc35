using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Schema;

/// <summary>The column of labels that a regression learns: a Single for each row. Its errors are worded as ML.NET words its own.</summary>
internal static class LabelInput
{
    /// <summary>Finds the column and checks its type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing, or of another type.</exception>
    public static DataViewSchema.Column Find(DataViewSchema inputSchema, string name)
    {
        var column = inputSchema.GetColumnOrNull(name) ?? throw new ArgumentOutOfRangeException(nameof(inputSchema),
            $"Could not find label column '{name}'. The columns are: "
            + $"{string.Join(", ", inputSchema.Where(candidate => !candidate.IsHidden).Select(candidate => candidate.Name))}.");
        return column.Type.Equals(NumberDataViewType.Single) ? column
            : throw new ArgumentOutOfRangeException(nameof(inputSchema), MismatchText(name, column.Type.ToString()));
    }

    /// <summary>Checks what is known of the column before any data is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing, or of another type.</exception>
    public static void Check(SchemaShape inputSchema, string name)
    {
        var columns = inputSchema.Where(column => column.Name == name).ToList();
        if (columns.Count == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema), $"Could not find label column '{name}'. The columns are: "
                + $"{string.Join(", ", inputSchema.Select(column => column.Name))}.");
        }

        if (columns[0].Kind != SchemaShape.Column.VectorKind.Scalar || columns[0].IsKey
            || !columns[0].ItemType.Equals(NumberDataViewType.Single))
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema), MismatchText(name, MlNetInternals.TypeText(columns[0])));
        }
    }

    private static string MismatchText(string name, string? got) =>
        $"Schema mismatch for label column '{name}': expected Single, got {got}. Convert it with "
        + $"mlContext.Transforms.Conversion.ConvertType(\"{name}\", outputKind: DataKind.Single).";
}

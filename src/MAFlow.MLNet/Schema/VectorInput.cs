using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Schema;

/// <summary>The column that is read: a vector of Single of known size. Its errors are worded as ML.NET words its own.</summary>
internal static class VectorInput
{
    /// <summary>What messages call a column of contexts.</summary>
    public const string ContextRole = "context";
    private const string InputRole = "input";
    private const string KnownSize = "known-size vector of Single";

    /// <summary>Checks what is known of the column before any data is: that it is there, and of the right type.</summary>
    public static void Check(SchemaShape inputSchema, string name, string role = InputRole)
    {
        foreach (var column in inputSchema)
        {
            if (column.Name != name)
            {
                continue;
            }

            if (column.Kind != SchemaShape.Column.VectorKind.Vector || column.IsKey || !column.ItemType.Equals(NumberDataViewType.Single))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(inputSchema), MismatchText(role, name, KnownSize, MlNetInternals.TypeText(column)));
            }

            return;
        }

        throw new ArgumentOutOfRangeException(nameof(inputSchema), MissingText(role, name, inputSchema.Select(column => column.Name)));
    }

    /// <summary>Finds the column and checks its type, and its size where <paramref name="dimension"/> says what it has to be.</summary>
    public static DataViewSchema.Column Find(
        DataViewSchema inputSchema, string name, int? dimension = null, string role = InputRole)
    {
        var column = inputSchema.GetColumnOrNull(name) ?? throw new ArgumentOutOfRangeException(nameof(inputSchema),
            MissingText(role, name, inputSchema.Where(candidate => !candidate.IsHidden).Select(candidate => candidate.Name)));
        var expected = dimension is { } size ? new VectorDataViewType(NumberDataViewType.Single, size).ToString() : KnownSize;
        if (column.Type is not VectorDataViewType { IsKnownSize: true } type || !type.ItemType.Equals(NumberDataViewType.Single)
            || dimension is not null && type.Size != dimension)
        {
            throw new ArgumentOutOfRangeException(nameof(inputSchema), MismatchText(role, name, expected, column.Type.ToString()));
        }

        return column;
    }

    /// <summary>Number of features in the column that <see cref="Find"/> has found.</summary>
    public static int Dimension(DataViewSchema.Column column) => ((VectorDataViewType)column.Type).Size;

    private static string MissingText(string role, string name, IEnumerable<string> present) =>
        $"Could not find {role} column '{name}'. The columns are: {string.Join(", ", present)}.";

    private static string MismatchText(string role, string name, string? expected, string? got) =>
        $"Schema mismatch for {role} column '{name}': expected {expected}, got {got}. Build the column with Concatenate, "
        + "with ConvertType, or with a SchemaDefinition that states its size.";
}

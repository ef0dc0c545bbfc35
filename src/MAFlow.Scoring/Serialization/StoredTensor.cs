namespace MAFlow.Scoring.Serialization;

/// <summary>Numbers of a file, widened to float64 without loss.</summary>
/// <param name="Type">Type in the file: F32, F64 or BF16.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Values">Finite numbers in row-major order.</param>
internal sealed record StoredTensor(string Type, long[] Shape, double[] Values)
{
    public const string Wide = "F64";

    /// <summary>Whether the tensor has so many dimensions, and a float64 number for each place.</summary>
    public bool IsWide(int dimensions) => Type == Wide && Shape.Length == dimensions;
}

namespace MAFlow.MLNet.Fitting;

/// <summary>Whether a table can be fitted in the memory there is: asked before any of it is taken.</summary>
internal static class TableMemory
{
    // The table in single and double precision, its correlations' directions, and what is made on the way.
    private const double BytesPerNumber = 100;

    // Weights, their gradients, moments, averages and copies to return to.
    private const double BytesPerWeight = 100;

    /// <summary>Bytes that a fit by the defaults takes at its peak, roughly.</summary>
    public static double Needed(long rows, int features)
    {
        var (model, _) = TableDefaults.Choose((int)Math.Min(rows, int.MaxValue), features);
        return features * ((BytesPerNumber * rows) + (BytesPerWeight * model.Parts * model.HiddenUnits));
    }

    /// <summary>Requires that a fit can be expected to find its memory.</summary>
    /// <param name="column">Name of the column.</param>
    /// <param name="rows">Number of rows, or the least there may be.</param>
    /// <param name="features">Number of features.</param>
    /// <param name="available">Bytes there are; those of the machine, or of its container, where it is null.</param>
    /// <exception cref="InvalidOperationException">It needs more.</exception>
    public static void Require(string column, long rows, int features, long? available = null)
    {
        var (needed, most) = (Needed(rows, features), available ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if (needed > most)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"Expected features that memory has room for in column '{column}', got {features}, for which training takes about ")
                + FormattableString.Invariant($"{needed / 1e9:F1} GB of {most / 1e9:F1} GB. Put a projection before this step, ")
                + $"for example mlContext.Transforms.ProjectToPrincipalComponents(\"{column}\", rank: 100), or select features.");
        }
    }
}

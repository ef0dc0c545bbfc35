using Microsoft.ML;

namespace MAFlow.MLNet.Data;

/// <summary>Maps vectors to new columns, row by row but a batch at a time: solving one differential equation per row would be
/// ruinous.</summary>
internal abstract class RowMap
{
    /// <summary>The column of vectors that is read.</summary>
    public abstract string InputColumnName { get; }

    /// <summary>Length of the vectors that are read.</summary>
    public abstract int Dimension { get; }

    /// <summary>A second column of vectors that is read, on which the rows are conditioned; null for none.</summary>
    public virtual string? ContextColumnName => null;

    /// <summary>Length of those vectors; 0 for none.</summary>
    public virtual int ContextDimension => 0;

    /// <summary>A column of Single that is read as well where it is there; null for none.</summary>
    public virtual string? LabelColumnName => null;

    /// <summary>How many numbers a row has: the vector, its context and the label behind it where there may be one.</summary>
    public int Width => Dimension + ContextDimension + (LabelColumnName is null ? 0 : 1);

    /// <summary>How many rows are evaluated together.</summary>
    public abstract int BatchSize { get; }

    /// <summary>The columns added to a view with this schema.</summary>
    public abstract IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input);

    /// <summary>Evaluates rows stored one after the other. Several threads may call it at once.</summary>
    /// <param name="values">At least <paramref name="rows"/> times <see cref="Width"/> numbers; a label that is not there or not asked
    /// for is NaN.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="firstRow">Position of the first of them in the view, for error messages.</param>
    /// <param name="parts">What is asked for; nothing else need be computed.</param>
    public abstract MappedBatch Evaluate(float[] values, int rows, long firstRow, MappedParts parts);

    /// <summary>Writes the new columns into a model that ML.NET's converter makes.</summary>
    /// <exception cref="NotSupportedException">They cannot be written; the message says what stands in the way.</exception>
    public virtual void SaveAsOnnx(ConvertedGraph graph) =>
        throw new NotSupportedException($"The columns of a {GetType().Name} cannot be exported to ONNX.");
}

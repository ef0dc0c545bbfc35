using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Data;

/// <summary>Reads what a new column has to say about one row of an evaluated batch.</summary>
internal delegate void MappedValue<T>(MappedBatch batch, int row, ref T value);

/// <summary>Says which row of which evaluated batch a getter has to read now, and learns which part of it is read.</summary>
internal delegate (MappedBatch Batch, int Row) CurrentRow(MappedParts part);

/// <summary>A column that a <see cref="RowMap"/> adds.</summary>
internal abstract class MappedColumn(string name, DataViewType type, MappedParts part, DataViewSchema.Annotations? annotations)
{
    public string Name => name;

    /// <summary>What the column reads of a batch.</summary>
    public MappedParts Part => part;

    public DataViewType Type => type;

    public DataViewSchema.Annotations? Annotations => annotations;

    /// <summary>A <see cref="ValueGetter{TValue}"/> that follows <paramref name="current"/>.</summary>
    public abstract Delegate CreateGetter(CurrentRow current);

    /// <summary>The column as a pipeline sees it before there is data.</summary>
    public SchemaShape.Column ToShape() =>
        MlNetInternals.ShapeColumn(name, type, annotations is null ? null : MlNetInternals.Shape(annotations.Schema));

    /// <summary>A scalar column that follows from the scores.</summary>
    public static MappedColumn Scalar<T>(
        string name, DataViewType type, MappedValue<T> read, DataViewSchema.Annotations? annotations = null) =>
        new TypedColumn<T>(name, type, MappedParts.Scores, read, annotations);

    /// <summary>The column of log-likelihoods.</summary>
    public static MappedColumn LogLikelihood(string name) => new TypedColumn<float>(
        name, NumberDataViewType.Single, MappedParts.LogLikelihoods,
        (MappedBatch batch, int row, ref float value) => value = batch.LogLikelihood(row), annotations: null);

    /// <summary>A scalar column that follows from the predictive moments.</summary>
    public static MappedColumn Moment(string name, MappedValue<float> read, DataViewSchema.Annotations? annotations = null) =>
        new TypedColumn<float>(name, NumberDataViewType.Single, MappedParts.Moments, read, annotations);

    /// <summary>The column of vectors; the slots have no names, since a latent coordinate has no meaning of its own.</summary>
    public static MappedColumn Vector(string name, int dimension, DataViewSchema.Annotations? annotations = null) =>
        new TypedColumn<VBuffer<float>>(
            name, new VectorDataViewType(NumberDataViewType.Single, dimension), MappedParts.Vectors,
            (MappedBatch batch, int row, ref VBuffer<float> value) => Copy(batch.Vector(row), ref value), annotations);

    /// <summary>The column of contributions, one for each slot of the input.</summary>
    public static MappedColumn Contributions(
        string name, int dimension, DataViewSchema.Annotations? slotNames) => new TypedColumn<VBuffer<float>>(
        name, new VectorDataViewType(NumberDataViewType.Single, dimension), MappedParts.Contributions,
        (MappedBatch batch, int row, ref VBuffer<float> value) => Copy(batch.ContributionsOf(row), ref value), slotNames);

    /// <summary>A column of a type of its own that follows from the contributions.</summary>
    public static MappedColumn OfContributions<T>(string name, DataViewType type, MappedValue<T> read) =>
        new TypedColumn<T>(name, type, MappedParts.Contributions, read, annotations: null);

    private static void Copy(ReadOnlySpan<float> source, ref VBuffer<float> value)
    {
        var editor = VBufferEditor.Create(ref value, source.Length);
        source.CopyTo(editor.Values);
        value = editor.Commit();
    }

    private sealed class TypedColumn<T>(
        string name, DataViewType type, MappedParts part, MappedValue<T> read, DataViewSchema.Annotations? annotations)
        : MappedColumn(name, type, part, annotations)
    {
        public override Delegate CreateGetter(CurrentRow current)
        {
            return new ValueGetter<T>(Get);

            void Get(ref T value)
            {
                var (batch, row) = current(Part);
                read(batch, row, ref value);
            }
        }
    }
}

using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Knots;

/// <summary>A potential that is linear in time between two knots, as its solve sees it: how points lie in memory, and what happens at the
/// stages.</summary>
/// <remarks>Columns R are the rows of a batch, or several for each row: then those of the first component come first.</remarks>
internal abstract class KnotPotential
{
    /// <summary>Number of columns of one row.</summary>
    public virtual int Components => 1;

    /// <summary>Largest number of rows that one thread takes at once: what a processor's cache holds, yet enough for products of
    /// matrices.</summary>
    /// <param name="like">A tensor of the solve.</param>
    public abstract long RowsAtOnce(Tensor like);

    /// <summary>Points [B, N] as the solve takes them, the columns R last. The map is linear and orthogonal.</summary>
    public abstract Tensor ToColumns(Tensor points);

    /// <summary>Undoes <see cref="ToColumns"/>.</summary>
    public abstract Tensor ToPoints(Tensor columns);

    /// <summary>The stages of a solve.</summary>
    /// <param name="terms">Tensors of φ between the two knots.</param>
    /// <param name="like">A tensor of the solve.</param>
    public abstract IKnotStages Stages(IReadOnlyList<Tensor> terms, Tensor like);

    /// <summary>A solve between the two knots.</summary>
    /// <param name="terms">Tensors of φ between them.</param>
    /// <param name="like">A tensor of the solve.</param>
    /// <param name="tableau">Method.</param>
    /// <param name="piece">Times and steps.</param>
    public virtual IKnotSolve Solve(IReadOnlyList<Tensor> terms, Tensor like, ButcherTableau tableau, TimeGrid piece) =>
        new KnotSolve(Stages(terms, like), tableau, piece);

    /// <summary>Sums over the components: from [R] to [B].</summary>
    public Tensor PerRow(Tensor columns) => Components == 1 ? columns.alias() : columns.reshape(Components, -1).sum([0L]);

    /// <summary>The same number for each component: from [B] to [R].</summary>
    public Tensor PerColumn(Tensor rows) => Components == 1 ? rows.alias() : rows.repeat(Components);
}

namespace MAFlow.Scoring.Flows;

/// <summary>A flow of ridge potentials, whatever the type of its numbers.</summary>
internal abstract class Flow
{
    /// <summary>Number of coordinates N.</summary>
    public abstract int Dimension { get; }

    /// <summary>Number of context features C; 0 where there is no context.</summary>
    public abstract int ContextDimension { get; }

    /// <summary>Number K of pieces between the breaks.</summary>
    public abstract int Pieces { get; }

    /// <summary>Rows that are computed together.</summary>
    public abstract int RowsPerBlock { get; }

    /// <summary>Multiplications of one row in one step, roughly.</summary>
    public abstract long WorkPerStep { get; }

    public abstract FlowWorkspace NewWorkspace();

    /// <summary>From points to latent codes; adds ln p of the points.</summary>
    /// <param name="rows">The points, replaced by codes.</param>
    /// <param name="space">Room.</param>
    /// <param name="steps">Steps in each piece.</param>
    public abstract void Encode(RowBlock rows, FlowWorkspace space, int steps);

    /// <summary>The same as nodes of a graph: codes [B, N] and ln p of the points [B, 1], of float64.</summary>
    /// <param name="points">Points [B, N] of float64.</param>
    /// <param name="context">Scaled contexts [B, C] of the flow's type; null where there are none.</param>
    /// <param name="steps">Steps in each piece.</param>
    public abstract OnnxMapped ToOnnx(OnnxValue points, OnnxValue? context, int steps);

    /// <summary>From latent codes to points.</summary>
    /// <param name="rows">The codes, replaced by points.</param>
    /// <param name="space">Room.</param>
    /// <param name="steps">Steps in each piece.</param>
    public abstract void Decode(RowBlock rows, FlowWorkspace space, int steps);

    /// <summary>The gradient of ln p at points, which takes their place; adds ln p as well.</summary>
    /// <param name="rows">The points.</param>
    /// <param name="space">Room.</param>
    /// <param name="steps">Steps in each piece.</param>
    public abstract void Differentiate(RowBlock rows, FlowWorkspace space, int steps);

    /// <summary>Rounds points to the type of the flow's numbers.</summary>
    public abstract void Round(RowBlock rows);

    /// <summary>The same as nodes of a graph.</summary>
    public abstract OnnxValue Round(OnnxValue points);
}

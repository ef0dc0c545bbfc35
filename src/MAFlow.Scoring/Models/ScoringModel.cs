using System.Collections.Concurrent;

namespace MAFlow.Scoring.Models;

/// <summary>Preprocessing followed by a flow: ln p(x) = ln p_flow(y(x)) + ln |det ∂y/∂x|. Nothing in it changes, so any number of threads
/// may use it.</summary>
/// <param name="flow">The flow.</param>
/// <param name="preprocessing">Bijections between the data and the flow, in the order in which data meets them.</param>
/// <param name="final">Bijections that shape what the fluid has made, in the same order.</param>
/// <param name="given">What else there is where the density depends on a context; null elsewhere.</param>
internal sealed class ScoringModel(Flow flow, Bijection[] preprocessing, Bijection[] final, GivenContext? given = null)
{
    private readonly bool _isShaped = final.Length > 0 || given is not null;
    private readonly ConcurrentBag<Workspace> _pool = [];

    /// <summary>Number of features N.</summary>
    public int Dimension => flow.Dimension;

    /// <summary>Number of context features C; 0 where there is no context.</summary>
    public int ContextDimension => flow.ContextDimension;

    /// <summary>Number K of pieces of the flow.</summary>
    public int Pieces => flow.Pieces;

    /// <summary>Rows that are computed together.</summary>
    public int RowsPerBlock => flow.RowsPerBlock;

    /// <summary>Multiplications of one row in one step, roughly.</summary>
    public long WorkPerStep => flow.WorkPerStep;

    /// <summary>Version of ONNX's operators that <see cref="ToOnnx"/> needs.</summary>
    public int OnnxOpset => preprocessing.Concat(final).Select(bijection => bijection.OnnxOpset).Append(OnnxGraph.CommonOpset).Max();

    public Workspace Rent() => _pool.TryTake(out var space) ? space
        : new(new(flow.RowsPerBlock, flow.Dimension, flow.ContextDimension), flow.NewWorkspace());

    public void Return(Workspace space) => _pool.Add(space);

    /// <summary>Latent codes of rows, which take their place, and ln p.</summary>
    public void Encode(Workspace space, int steps)
    {
        Begin(space.Rows);
        foreach (var bijection in preprocessing)
        {
            bijection.Forward(space.Rows);
        }

        if (_isShaped)
        {
            flow.Round(space.Rows);
        }

        foreach (var bijection in final)
        {
            bijection.Forward(space.Rows);
        }

        given?.End.Forward(space.Rows);

        flow.Encode(space.Rows, space.Flow, steps);
        ForgetExcluded(space.Rows);
    }

    /// <summary>Latent codes [B, N] and ln p [B, 1] of rows as nodes of a graph, of float64.</summary>
    /// <param name="rows">Rows [B, N].</param>
    /// <param name="contexts">Contexts [B, C]; null where the density depends on none.</param>
    /// <param name="steps">Steps in each piece of the flow.</param>
    /// <exception cref="NotSupportedException">ONNX cannot express a part of the model.</exception>
    public OnnxMapped ToOnnx(OnnxValue rows, OnnxValue? contexts, int steps)
    {
        var (wide, context) = (rows.To(OnnxType.Double), contexts?.To(OnnxType.Double));
        var scaled = context is null ? null : given!.Scaling.ToOnnx(context);
        var (points, logProb) = (wide.IsFinite().Choose(wide, 0), (wide - wide).Sum());
        foreach (var bijection in preprocessing)
        {
            Apply(bijection.ToOnnx(points, Dimension));
        }

        points = _isShaped ? flow.Round(points) : points;
        foreach (var bijection in final)
        {
            Apply(bijection.ToOnnx(points, Dimension));
        }

        if (scaled is not null)
        {
            Apply(given!.End.ToOnnx(points, scaled));
            // A context that is not finite takes all finite numbers from its row.
            logProb += (context! - context!).Sum();
        }

        Apply(flow.ToOnnx(points, scaled, steps));
        var missing = wide.IsNaN().To(OnnxType.Double).Sum();
        missing = context is null ? missing : missing + (context - context).IsNaN().To(OnnxType.Double).Sum();
        var isMissing = missing > 0;
        var verdict = isMissing.Choose(wide.Number(double.NaN), double.NegativeInfinity);
        return new(logProb.IsFinite().Choose(points, double.NaN), logProb.IsFinite().Choose(logProb, verdict));

        void Apply(OnnxMapped mapped) => (points, logProb) = (mapped.Rows, logProb + mapped.LogDeterminant);
    }

    /// <summary>Rows of latent codes, which take their place.</summary>
    public void Decode(Workspace space, int steps)
    {
        Begin(space.Rows);
        flow.Decode(space.Rows, space.Flow, steps);
        given?.End.Inverse(space.Rows);
        foreach (var bijection in final.Reverse())
        {
            bijection.Inverse(space.Rows);
        }

        if (_isShaped)
        {
            flow.Round(space.Rows);
        }

        // Ends and levels would make an ordinary row of an infinite one.
        ExcludeMissing(space.Rows);
        foreach (var bijection in preprocessing.Reverse())
        {
            bijection.Inverse(space.Rows);
        }

        ForgetExcluded(space.Rows);
    }

    /// <summary>The gradient of ln p at rows, which takes their place.</summary>
    public void Differentiate(Workspace space, int steps)
    {
        var rows = space.Rows;
        Begin(rows);
        var place = 0;
        space.Keep(place);
        foreach (var bijection in preprocessing)
        {
            bijection.Forward(rows);
            space.Keep(++place);
        }

        if (_isShaped)
        {
            flow.Round(rows);
            space.Keep(place);
        }

        foreach (var bijection in final)
        {
            bijection.Forward(rows);
            space.Keep(++place);
        }

        given?.End.Forward(rows);
        flow.Differentiate(rows, space.Flow, steps);
        given?.End.PullBack(rows);
        foreach (var bijection in preprocessing.Concat(final).Reverse())
        {
            bijection.PullBack(rows, space.Kept(place - 1), space.Kept(place));
            place--;
        }

        ForgetExcluded(rows);
    }

    /// <summary>Takes out the rows that have no answer. A context that is not finite goes first: nothing is known of such a
    /// row.</summary>
    private void Begin(RowBlock rows)
    {
        given?.Scaling.Apply(rows);
        ExcludeMissing(rows);
    }

    /// <summary>A missing value makes a row's answer missing; an infinite one makes it impossible.</summary>
    private static void ExcludeMissing(RowBlock rows)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            var (isMissing, isFinite) = (false, true);
            foreach (var value in rows.Row(row))
            {
                isMissing |= double.IsNaN(value);
                isFinite &= double.IsFinite(value);
            }

            if (!isFinite)
            {
                rows.Exclude(row, isMissing ? double.NaN : double.NegativeInfinity);
            }
        }
    }

    /// <summary>Rows without a finite ln p have no code and no gradient.</summary>
    private static void ForgetExcluded(RowBlock rows)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            if (!double.IsFinite(rows.Answer(row)))
            {
                rows.Row(row).Fill(double.NaN);
            }
        }
    }
}

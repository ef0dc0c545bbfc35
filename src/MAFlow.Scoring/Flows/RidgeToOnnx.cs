using System.Numerics;

namespace MAFlow.Scoring.Flows;

/// <summary>The formulas of <see cref="RidgeSolve{T}"/> as nodes of a graph, every step written out.</summary>
internal static class RidgeToOnnx
{
    /// <summary>Points [B, N] at the end of a piece of time, and ∫∇²φ dt of each row [B, 1] in float64.</summary>
    /// <param name="potential">The potential that holds in the piece.</param>
    /// <param name="tableau">The method.</param>
    /// <param name="x">Points [B, N] at its start.</param>
    /// <param name="context">Contexts [B, C]; null where there are none.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="step">ε.</param>
    /// <typeparam name="T">Float32 or float64.</typeparam>
    public static OnnxMapped Carry<T>(
        RidgePotential<T> potential, ButcherTableau tableau, OnnxValue x, OnnxValue? context, int steps, double step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (graph, width, dimension) = (x.Graph, potential.Width, potential.Dimension);
        var observe = graph.Constant(potential.Observe.ToArray(), dimension, width);
        var emit = graph.Constant(potential.Emit.ToArray(), width, dimension);
        var couple = potential.Couple is { } matrix ? graph.Constant(matrix.ToArray(), width, width) : null;
        OnnxValue Coupled(OnnxValue s, OnnxValue start) =>
            couple is null ? s.Times(emit).Times(observe, start) : s.Times(couple, start);

        var bias = potential.Bias.Span[..width].ToArray();
        var y = x.Times(observe, potential.Context?.ToOnnx(context!, bias) ?? graph.Constant(bias, width));
        OnnxValue? sum = null, squares = null;
        var stages = new OnnxValue[tableau.Stages];
        for (var k = 0; k < steps; k++)
        {
            for (var i = 0; i < stages.Length; i++)
            {
                var terms = tableau.Rows[i];
                var at = terms.Length == 0 ? y : Coupled(Combined(stages, terms, step), y);
                stages[i] = at.Node(potential.Activation.OnnxOperator);
            }

            var mean = Combined(stages, tableau.Sum, step);
            var squared = Combined([.. stages.Select(s => s * s)], tableau.Sum, step);
            (sum, squares) = (sum is null ? mean : sum + mean, squares is null ? squared : squares + squared);
            y = k + 1 < steps ? Coupled(mean, y) : y;
        }

        var second = potential.Activation.Second;
        var integral = (sum!.To(OnnxType.Double) * second.Linear) + (squares!.To(OnnxType.Double) * second.Quadratic)
            + (second.Constant * step * steps);
        return new(x + sum.Times(emit), integral.Times(graph.Constant(potential.Laplacian, width, 1)));
    }

    /// <summary>ε Σ weight · stage.</summary>
    private static OnnxValue Combined(OnnxValue[] stages, Term[] terms, double step) =>
        terms.Select(term => stages[term.Stage] * (step * term.Weight)).Aggregate((left, right) => left + right);
}

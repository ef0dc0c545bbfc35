using System.Numerics;

namespace MAFlow.Scoring.Flows;

/// <summary>What a context adds to the biases of a ridge potential: g(c) = c Vᵀ, or tanh(c Uᵀ + d) Vᵀ behind a hidden layer.</summary>
/// <remarks>It enters the starting value y = xWᵀ + b + g(c) only, so that the solve does not change at all.</remarks>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class ContextBias<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Panels<T> _weight;
    private readonly (Panels<T> Weight, AlignedNumbers<T> Bias)? _hidden;

    /// <param name="weight">V, [h, C], or [h, k] behind a hidden layer.</param>
    /// <param name="hidden">U [k, C] and d [k]; null where g is linear.</param>
    public ContextBias(StoredTensor weight, (StoredTensor Weight, double[] Bias)? hidden)
    {
        _weight = Transposed(weight);
        if (hidden is { } layer)
        {
            var bias = new AlignedNumbers<T>(Panels<T>.Padded(layer.Bias.Length));
            for (var k = 0; k < layer.Bias.Length; k++)
            {
                bias.Span[k] = T.CreateTruncating(layer.Bias[k]);
            }

            _hidden = (Transposed(layer.Weight), bias);
        }
    }

    /// <summary>Number of context features C.</summary>
    public int Dimension => _hidden?.Weight.Rows ?? _weight.Rows;

    /// <summary>Units of the hidden layer in whole panels; 0 where there is none.</summary>
    public int PaddedFeatures => _hidden?.Weight.Columns ?? 0;

    /// <summary>b + g(c) of each row.</summary>
    /// <param name="kernels">The loops.</param>
    /// <param name="space">Contexts, and room for the result.</param>
    /// <param name="rows">Rows that are computed.</param>
    /// <param name="bias">b, in whole panels.</param>
    /// <returns>Rows of biases in whole panels.</returns>
    public Span<T> Of(Kernels<T> kernels, FlowWorkspace<T> space, int rows, ReadOnlySpan<T> bias)
    {
        var features = space.Contexts;
        var stride = Dimension;
        if (_hidden is { } layer)
        {
            var units = space.ContextFeatures[..(rows * layer.Weight.Columns)];
            kernels.Multiply(features, stride, rows, layer.Weight, layer.Bias.Span, 0, T.One, units);
            // With the weight 0, what is added up stays what it is: the units themselves.
            kernels.Tangent(units, units, units, T.Zero);
            features = units;
            stride = layer.Weight.Columns;
        }

        kernels.Multiply(features, stride, rows, _weight, bias, 0, T.One, space.Biases);
        return space.Biases;
    }

    /// <summary>The same as nodes of a graph [B, h].</summary>
    /// <param name="context">Contexts [B, C] of the flow's type.</param>
    /// <param name="bias">b.</param>
    public OnnxValue ToOnnx(OnnxValue context, T[] bias)
    {
        var graph = context.Graph;
        var features = context;
        if (_hidden is { } layer)
        {
            var units = _weight.Rows;
            var own = graph.Constant(layer.Bias.Span[..units].ToArray(), units);
            features = context.Times(graph.Constant(layer.Weight.ToArray(), Dimension, units), own).Node("Tanh");
        }

        return features.Times(graph.Constant(_weight.ToArray(), _weight.Rows, bias.Length), graph.Constant(bias, bias.Length));
    }

    private static Panels<T> Transposed(StoredTensor matrix)
    {
        var (rows, columns) = (checked((int)matrix.Shape[0]), checked((int)matrix.Shape[1]));
        return new(columns, rows, (k, j) => T.CreateTruncating(matrix.Values[(j * columns) + k]));
    }
}

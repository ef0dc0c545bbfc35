using System.Numerics;

namespace MAFlow.Scoring.Flows;

/// <summary>Rebuilds stored flows of one type of number.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
/// <param name="kernels">The loops of the flow.</param>
/// <param name="wide">The loops that make its constants.</param>
/// <param name="isConditional">Whether its potentials depend on a context.</param>
internal sealed class FlowReader<T>(Kernels<T> kernels, Kernels<double> wide, bool isConditional)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string Ridge = "ridge";
    private const string Piecewise = "piecewise";
    private const string ConditionalRidge = "conditional-ridge";
    private const string ConditionalPiecewise = "conditional-piecewise";
    private const double MaxHorizon = 1e6;

    /// <summary>The flow of a stored potential and stored options.</summary>
    /// <exception cref="NotSupportedException">A kind is not scored here.</exception>
    /// <exception cref="FormatException">What is stored does not fit together.</exception>
    public RidgeFlow<T> Read(StoredComponent potential, StoredComponent options)
    {
        var tableau = ButcherTableau.Restore(options);
        var horizon = options.Number("horizon");
        var restored = Read(potential);
        if (horizon is not (> 0 and <= MaxHorizon) || Math.Abs(horizon - (restored.Horizon ?? horizon)) > 1e-9 * horizon)
        {
            throw new FormatException($"Expected the horizon that the potential is made for, in (0, {MaxHorizon}]; the file is damaged.");
        }

        return new(restored, restored.Horizon ?? horizon, tableau, kernels);
    }

    private Potential<T> Read(StoredComponent stored) => (isConditional, stored.Kind) switch
    {
        (false, Ridge) => ReadRidge(stored, context: null),
        (true, ConditionalRidge) => ReadRidge(stored, ReadContext(stored)),
        (false, Piecewise) or (true, ConditionalPiecewise) =>
            new PiecewisePotential<T>(stored.Number("horizon"), [.. stored.Children("parts").Select(Read)]),
        (false, _) => throw Unknown.Kind("potential", stored.Kind, Ridge, Piecewise),
        _ => throw Unknown.Kind("conditional potential", stored.Kind, ConditionalRidge, ConditionalPiecewise),
    };

    private static ContextBias<T> ReadContext(StoredComponent stored)
    {
        var (units, weight) = (stored.Tensor("weight").Shape.FirstOrDefault(), stored.Tensor("contextWeight"));
        var isWhole = weight.Shape.Length == 2 && weight.Values.Length > 0 && weight.Shape[0] == units;
        if (isWhole && !stored.Flag("hiddenLayer"))
        {
            return new(weight, hidden: null);
        }

        var (hidden, bias) = isWhole ? (stored.Tensor("hiddenWeight"), stored.Tensor("hiddenBias")) : (weight, weight);
        return isWhole && hidden.Shape.Length == 2 && hidden.Values.Length > 0 && hidden.Shape[0] == weight.Shape[1]
            && bias.Shape.Length == 1 && bias.Values.Length == hidden.Shape[0]
            ? new(weight, (hidden, bias.Values))
            : throw new FormatException(
                $"Expected context weights [{units}, C], or [{units}, k] behind a hidden layer [k, C] with biases [k]; "
                + "the file is damaged.");
    }

    private RidgePotential<T> ReadRidge(StoredComponent stored, ContextBias<T>? context)
    {
        var activation = Activation<T>.ByName(stored.Text("activation"));
        var (weight, amplitude) = (stored.Tensor("weight"), stored.Tensor("amplitude"));
        var bias = stored.Tensors.GetValueOrDefault("bias");
        var isWhole = weight.Shape.Length == 2 && weight.Values.Length > 0 && amplitude.Shape.Length == 1
            && amplitude.Values.Length == weight.Shape[0] && activation.IsEven == bias is null
            && (bias is null ? context is null : bias.Shape.Length == 1 && bias.Values.Length == weight.Shape[0]);
        return isWhole
            ? new(weight, bias?.Values, amplitude.Values, activation, wide, context)
            : throw new FormatException(
                "Expected weights [h, N], amplitudes [h] and, unless the activation is even, biases [h] in the stored ridge; "
                + "the file is damaged.");
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Knots;

/// <summary>An explicit Runge-Kutta solve between two knots, and its exact derivative.</summary>
/// <remarks>
/// Only the points of the stages are kept; what the potential makes of them, many times as much, is formed again in the reverse pass. With
/// adjoint λ of the point and upstream ℓ̄ of ∫∇²φ: v̄ᵢ = ε (bᵢ λ + Σ_{l&gt;i} Aₗᵢ Z̄ₗ), l̄ᵢ = ε bᵢ ℓ̄, Z̄ᵢ = ∂/∂Zᵢ (v̄ᵢ·∇φ + l̄ᵢ ∇²φ) and
/// λ ← λ + Σᵢ Z̄ᵢ. A score s = ∇ ln p goes along by ds/dt = -(∇∇φ s + ∇∇²φ).
/// </remarks>
/// <param name="stages">φ.</param>
/// <param name="tableau">Method.</param>
/// <param name="piece">Times and steps.</param>
internal sealed class KnotSolve(IKnotStages stages, ButcherTableau tableau, TimeGrid piece) : IKnotSolve
{
    /// <inheritdoc/>
    public Tensor MakeRecord(Tensor start) => LargeBuffer.Empty([(long)piece.StepsPerPiece * tableau.Stages, .. start.shape], start);

    /// <inheritdoc/>
    public (Tensor X, Tensor Laplacian, Tensor? Score) Integrate(Tensor start, Tensor? score, Tensor? record)
    {
        using var scope = NewDisposeScope();
        using Scalar epsilon = piece.Step.ToScalar();
        var (x, laplacian) = (new StagePath(start, tableau, epsilon), zeros(start.shape[^1], dtype: start.dtype, device: start.device));
        var s = score is null ? null : new StagePath(score, tableau, epsilon);
        var unit = s is null ? null : ones_like(laplacian);
        for (var step = 0; step < piece.StepsPerPiece; step++)
        {
            for (var i = 0; i < tableau.Stages; i++)
            {
                using var stageScope = NewDisposeScope();
                var point = x.Stage(i, record?[((long)step * tableau.Stages) + i]);
                Tensor velocity, divergence;
                if (s is null)
                {
                    (velocity, divergence) = stages.At(Fraction(step, i), point);
                }
                else
                {
                    (var change, velocity, divergence) = stages.Along(Fraction(step, i), point, s.Stage(i), unit!);
                    s.Keep(i, change.neg_());
                }

                x.Keep(i, velocity);
                TableauScalars.Add(laplacian, divergence, tableau.Scalars.B[i]);
            }

            x.Advance();
            s?.Advance();
        }

        return (x.Now.MoveToOuterDisposeScope(), laplacian.mul_(epsilon).MoveToOuterDisposeScope(), s?.Now.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Differentiate(Tensor record, Tensor adjoint, Tensor? upstream)
    {
        using var scope = NewDisposeScope();
        using Scalar epsilon = piece.Step.ToScalar();
        stages.BeginSums();
        adjoint = adjoint.clone();
        var results = Enumerable.Range(0, tableau.Stages).Select(_ => empty_like(adjoint)).ToArray();
        for (var step = piece.StepsPerPiece - 1; step >= 0; step--)
        {
            for (var i = tableau.Stages - 1; i >= 0; i--)
            {
                using var stageScope = NewDisposeScope();
                var cotangent = zeros_like(adjoint);
                TableauScalars.Add(cotangent, adjoint, tableau.Scalars.B[i]);
                for (var l = i + 1; l < tableau.Stages; l++)
                {
                    TableauScalars.Add(cotangent, results[l], tableau.Scalars.A[l][i]);
                }

                var share = tableau.Scalars.B[i] is { } weight && upstream is not null ? upstream.mul(weight).mul_(epsilon) : null;
                var point = record[((long)step * tableau.Stages) + i];
                results[i].copy_(stages.Reverse(Fraction(step, i), point, cotangent.mul_(epsilon), share));
            }

            foreach (var result in results)
            {
                adjoint.Add_(result);
            }
        }

        return [adjoint.MoveToOuterDisposeScope(), .. stages.Totals().Select(total => total.MoveToOuterDisposeScope())];
    }

    /// <inheritdoc/>
    public void Dispose() => stages.Dispose();

    private double Fraction(int step, int stage) => (step + tableau.C[stage]) / piece.StepsPerPiece;
}

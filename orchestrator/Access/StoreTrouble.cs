using System.Data.Common;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Probes.Orchestrator.Enrolment;

namespace Probes.Orchestrator.Access;

/// <summary>
/// An agent must never take a database that is away for a refusal of its identity: what is asked on the agents' listener while the
/// store cannot answer gets UNAVAILABLE (try again), whether it fails while the caller is looked up or within the call.
/// </summary>
internal sealed class StoreTrouble : Interceptor
{
    private const string Message = "the orchestrator's store does not answer";

    public override async Task<TReply> UnaryServerHandler<TRequest, TReply>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TReply> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception fault) when (IsStore(fault))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, Message));
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TReply>(
        IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TReply> replies, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TReply> continuation)
    {
        try
        {
            await continuation(requests, replies, context);
        }
        catch (Exception fault) when (IsStore(fault))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, Message));
        }
    }

    /// <summary>Before a call is reached; 503 is UNAVAILABLE to gRPC.</summary>
    internal static async Task AnswerUnavailableAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception fault) when (!context.Response.HasStarted && IsStore(fault))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private static bool IsStore(Exception fault) => fault is DbException or TooManyStrangersException || fault.InnerException is DbException;
}

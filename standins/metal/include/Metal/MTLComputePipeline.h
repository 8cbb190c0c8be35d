#pragma once

#import <Metal/MTLArgument.h>

@interface MTLComputePipelineReflection : NSObject
@property(readonly) NSArray<MTLArgument *> *arguments;
// Since macOS 13.
@property(readonly) NSArray<id<MTLBinding>> *bindings;
@end

@protocol MTLComputePipelineState <NSObject>
@property(readonly) NSString *label;
@property(readonly) id<MTLDevice> device;
@property(readonly) NSUInteger maxTotalThreadsPerThreadgroup;
@property(readonly) NSUInteger threadExecutionWidth;
@property(readonly) NSUInteger staticThreadgroupMemoryLength;
@end

// Declarations of Apple's libdispatch that the Metal plugin uses, and their root class.
#pragma once

#include <stddef.h>

typedef unsigned long NSUInteger;
typedef long NSInteger;
// Encoded as by Apple's compilers, which use another one-byte type on Intel.
#if defined(__APPLE__) && defined(__x86_64__)
typedef signed char BOOL;
#else
typedef bool BOOL;
#endif
#define YES ((BOOL)1)
#define NO ((BOOL)0)
#define nil nullptr

@class NSString;

@protocol NSObject
@property(readonly) NSUInteger hash;
@property(readonly, copy) NSString *description;
- (BOOL)isEqual:(id)other;
- (BOOL)respondsToSelector:(SEL)selector;
@end

__attribute__((objc_root_class))
@interface NSObject<NSObject>
+ (instancetype)alloc;
+ (instancetype)new;
- (instancetype)init;
@end

@protocol OS_dispatch_data <NSObject>
@end
@protocol OS_dispatch_queue <NSObject>
@end
typedef NSObject<OS_dispatch_data> *dispatch_data_t;
typedef NSObject<OS_dispatch_queue> *dispatch_queue_t;
typedef void (^dispatch_block_t)(void);

#define DISPATCH_QUEUE_SERIAL nullptr
// The data is copied.
#define DISPATCH_DATA_DESTRUCTOR_DEFAULT nullptr

extern "C" {
__attribute__((ns_returns_retained)) dispatch_data_t dispatch_data_create(
    const void *contents, size_t size, dispatch_queue_t queue, dispatch_block_t destructor);
__attribute__((ns_returns_retained)) dispatch_queue_t dispatch_queue_create(const char *label,
                                                                            NSObject *attributes);
}
